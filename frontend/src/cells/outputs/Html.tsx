// HTML that code made, in a frame of its own origin: it can run, and reach nothing of this page.
//
// The server's wrapper tells its height by message, taken only from the frame itself. When the output is replaced, the
// old frame stays until the new one has told its height: nothing blinks, nothing jumps.

import { useEffect, useRef, useState, type ReactNode } from "react";

import styles from "./Html.module.css";

const TALLEST = 20_000;
/** A page without the wrapper's message is shown after this. */
const PATIENCE = 1_000;

export function Html(props: {
  readonly url: string;
  readonly title: string;
  readonly remembered: number;
}): ReactNode {
  const { url, title, remembered } = props;
  const [shown, setShown] = useState({ url, height: remembered });
  const next = shown.url === url ? null : url;
  return (
    <div className={styles.html} style={{ height: shown.height }}>
      <Frame
        key={shown.url}
        url={shown.url}
        title={title}
        onHeight={(height) => setShown((now) => (now.url === shown.url ? { ...now, height } : now))}
      />
      {next && (
        <Frame
          key={next}
          url={next}
          title={title}
          hidden
          onHeight={(height) => setShown({ url: next, height })}
        />
      )}
    </div>
  );
}

function Frame(props: {
  readonly url: string;
  readonly title: string;
  readonly hidden?: boolean;
  readonly onHeight: (height: number) => void;
}): ReactNode {
  const { url, title, hidden = false, onHeight } = props;
  const frame = useRef<HTMLIFrameElement>(null);
  const told = useRef(onHeight);
  useEffect(() => {
    told.current = onHeight;
  }, [onHeight]);
  useEffect(() => {
    let heard = false;
    const listen = (event: MessageEvent<unknown>): void => {
      const { data, source } = event;
      if (!frame.current || source !== frame.current.contentWindow) return;
      if (typeof data !== "object" || data === null || !("type" in data) || data.type !== "vernissage:height")
        return;
      const height = "height" in data ? Number(data.height) : Number.NaN;
      if (!Number.isFinite(height) || height < 0) return;
      heard = true;
      told.current(Math.min(TALLEST, Math.ceil(height)));
    };
    window.addEventListener("message", listen);
    const patience = setTimeout(() => {
      if (!heard && hidden) told.current(300);
    }, PATIENCE);
    return () => {
      window.removeEventListener("message", listen);
      clearTimeout(patience);
    };
  }, [hidden]);
  return (
    <iframe
      ref={frame}
      src={url}
      title={title}
      sandbox="allow-scripts allow-popups"
      className={styles.frame}
      data-hidden={hidden || undefined}
      aria-hidden={hidden || undefined}
    />
  );
}
