// The text of a cell: an editor where one looks, the same text as plain lines elsewhere.
//
// An editor is mounted only near the window, so that a notebook of hundreds of cells opens at once; the plain lines have
// its height and its text, so nothing jumps and the browser's own search finds everything.

import { EditorView } from "@codemirror/view";
import { memo, useEffect, useLayoutEffect, useRef, useState } from "react";

import type { SourceCell } from "./cells";
import { setFault } from "./code";
import { useNotebook } from "./notebook";
import styles from "./SourceEditor.module.css";

export const SourceEditor = memo(function SourceEditor({
  cell,
  label,
  faultLine,
  autoFocus,
}: {
  readonly cell: SourceCell;
  /** Accessible name of the text. */
  readonly label: string;
  /** The line that failed, from 1; 0 = none. */
  readonly faultLine: number;
  readonly autoFocus: boolean;
}) {
  const notebook = useNotebook();
  const holder = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(autoFocus);
  const first = useRef({ cell, label, autoFocus });
  first.current = { cell, label, autoFocus };

  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const observer = new IntersectionObserver(
      (entries) => {
        const entry = entries.at(-1);
        // An editor that is being typed in stays, wherever the page is scrolled.
        if (entry) setNear(entry.isIntersecting || element.contains(document.activeElement));
      },
      { rootMargin: "800px 0px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // Asked for by a key or a click elsewhere: it must be there to take the focus.
  useEffect(() => {
    if (autoFocus) setNear(true);
  }, [autoFocus]);

  const { id } = cell;
  useLayoutEffect(() => {
    const parent = holder.current;
    if (!near || !parent) return;
    const text = notebook.texts.open(first.current.cell, first.current.label);
    const view = new EditorView({ state: text.state, parent });
    text.attach(view);
    if (first.current.autoFocus) view.focus();
    return () => {
      text.detach();
      view.destroy();
    };
  }, [near, id, notebook]);

  useEffect(() => {
    if (near) notebook.texts.get(id)?.mark(setFault.of(faultLine));
  }, [near, id, faultLine, notebook]);

  return (
    <div
      ref={holder}
      className={styles.code}
      onFocus={() => notebook.select(id, true)}
      data-language={cell.type}
      // An editor that has not come into the window yet guesses its height; lines that do not wrap need no guess.
      style={cell.type === "markdown" ? undefined : { minHeight: heightOf(cell.source) }}
    >
      {!near && <pre className={styles.plain}>{cell.source || " "}</pre>}
    </div>
  );
});

const LINE = 20;

function heightOf(source: string): number {
  let lines = 1;
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) lines++;
  return (lines + 1) * LINE;
}
