// A chart. The new one is drawn out of sight and takes the old one's place when it is ready, so a rerun does not blink;
// until the first is drawn the place keeps the height it had last time.

import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";

import styles from "./Chart.module.css";
import type { Drawn } from "./draw";
import { prepare } from "./spec";

// The drawing code is larger than the whole page: it is fetched once the page's words and numbers have been painted.
let waited = false;
const loadDraw = async () => {
  if (!waited) await painted();
  waited = true;
  return import("./draw");
};

/** Resolves after the browser has painted what stands on the page now. */
const painted = (): Promise<void> =>
  new Promise((resolve) => {
    requestAnimationFrame(() => {
      setTimeout(resolve, 0);
    });
    // A page in the background paints nothing.
    setTimeout(resolve, 200);
  });

export interface ChartProps {
  readonly spec: Readonly<Record<string, unknown>>;
  /** Heading where the spec brings none. */
  readonly label: string;
  /** The height that heading and picture have together; null = as high as the picture is. */
  readonly height: number | null;
  /** The height that this part had last time; 0 = not known. */
  readonly remembered: number;
}

export function Chart({ spec: given, label, height, remembered }: ChartProps): ReactNode {
  const prepared = useMemo(
    () => prepare(given, height === null ? null : { whole: height, label }),
    [given, height, label],
  );
  const place = useRef<HTMLDivElement>(null);
  const shown = useRef<{ element: HTMLElement; drawn: Drawn } | null>(null);
  const [ready, setReady] = useState(false);
  const [failure, setFailure] = useState("");
  const theme = useTheme();

  useEffect(() => {
    const holder = place.current;
    if (!holder) return undefined;
    let current = true;
    const element = document.createElement("div");
    element.className = styles.drawing ?? "";
    element.dataset["drawnFor"] = theme;
    holder.append(element);
    void (async () => {
      try {
        const { draw } = await loadDraw();
        if (!current) return;
        const drawn = await draw(element, prepared.spec);
        if (!current) {
          drawn.remove();
          return;
        }
        shown.current?.drawn.remove();
        shown.current?.element.remove();
        shown.current = { element, drawn };
        element.className = styles.drawn ?? "";
        setFailure("");
        setReady(true);
      } catch (error) {
        element.remove();
        if (current) setFailure(error instanceof Error ? error.message : String(error));
      }
    })();
    return () => {
      current = false;
      if (shown.current?.element !== element) element.remove();
    };
  }, [prepared, theme]);

  useEffect(() => {
    const holder = place.current;
    if (!holder) return undefined;
    const observer = new ResizeObserver(() => shown.current?.drawn.resize());
    observer.observe(holder);
    return () => {
      observer.disconnect();
      shown.current?.drawn.remove();
      shown.current?.element.remove();
      shown.current = null;
    };
  }, []);

  const title = prepared.title || label;
  return (
    <figure className={styles.chart}>
      {title && <h3>{title}</h3>}
      {prepared.subtitle && <p className={styles.subtitle}>{prepared.subtitle}</p>}
      {failure && <p role="alert">This chart could not be drawn: {failure}</p>}
      <div
        ref={place}
        className={styles.place}
        // The place's own height; the heading above it was part of what was remembered.
        style={
          ready || failure ? undefined : { minHeight: Math.max(0, remembered - (title ? 32 : 0)) || 236 }
        }
      />
    </figure>
  );
}

/** Changes whenever the theme does: a chart's colours are drawn, not styled. */
function useTheme(): string {
  const [theme, setTheme] = useState("");
  useEffect(() => {
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const read = (): void =>
      setTheme(`${document.documentElement.dataset["theme"] ?? ""}/${dark.matches ? "dark" : ""}`);
    dark.addEventListener("change", read);
    const observer = new MutationObserver(read);
    observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      dark.removeEventListener("change", read);
      observer.disconnect();
    };
  }, []);
  return theme;
}
