// Printed text, with the colours that terminals know.

import { AnsiUp } from "ansi_up";
import { useMemo, type ReactNode } from "react";

import styles from "./Stream.module.css";

/** Text with ANSI escapes as text with colours. `ansi_up` escapes everything else of the text. */
export function Ansi({
  text,
  quiet = false,
}: {
  readonly text: string;
  readonly quiet?: boolean;
}): ReactNode {
  const html = useMemo(() => {
    const ansi = new AnsiUp();
    ansi.use_classes = true;
    return ansi.ansi_to_html(overwritten(text));
  }, [text]);
  return (
    <pre
      className={styles.stream}
      data-quiet={quiet || undefined}
      dangerouslySetInnerHTML={{ __html: html }}
    />
  );
}

/** A carriage return goes back to the start of the line: progress bars overwrite themselves. */
export function overwritten(text: string): string {
  if (!text.includes("\r")) return text;
  return text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => {
      const parts = line.split("\r");
      return parts.findLast((part) => part !== "") ?? "";
    })
    .join("\n");
}
