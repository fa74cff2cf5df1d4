// Why a cell failed: one sentence, the line at fault, the traceback for those who want it.

import { useState } from "react";

import { Ansi } from "../cells/outputs/Stream";
import { Button } from "../ui/Button";
import { useSay } from "../ui/Toast";
import type { Cell, ErrorOutput } from "../wire";
import styles from "./CellFailure.module.css";
import { isSource } from "./cells";
import { useNotebook } from "./notebook";

/** CSI sequences: colours of a terminal. */
// oxlint-disable-next-line no-control-regex
const ANSI = /\u001B\[[0-9;]*m/g;

export function CellFailure({
  error,
  cell,
  old,
}: {
  readonly error: ErrorOutput;
  readonly cell: Cell;
  readonly old: boolean;
}) {
  const notebook = useNotebook();
  const say = useSay();
  const [open, setOpen] = useState(false);
  const traceback = error.traceback.join("\n");
  return (
    <div className={`${styles.failure} ${old ? styles.old : ""}`} role="alert">
      <p className={styles.says}>
        <span className={styles.class}>{error.ename || "Error"}</span>
        {error.line > 0 && ` in line ${error.line}`}
        {error.evalue && `: ${error.evalue}`}
      </p>
      {open && traceback && (
        <div className={styles.frames}>
          <Ansi text={traceback} />
        </div>
      )}
      <div className={styles.acts}>
        {error.line > 0 && isSource(cell) && (
          <Button small onPress={() => notebook.goToLine(cell.id, error.line)}>
            Go to line {error.line}
          </Button>
        )}
        {traceback && (
          <>
            <Button
              small
              variant="quiet"
              icon={open ? "down" : "right"}
              aria-expanded={open}
              onPress={() => setOpen(!open)}
            >
              Traceback
            </Button>
            <Button
              small
              variant="quiet"
              icon="copy"
              onPress={() => {
                navigator.clipboard.writeText(traceback.replace(ANSI, "")).then(
                  () => say("Traceback copied."),
                  () => say({ text: "The browser did not let the traceback be copied.", tone: "error" }),
                );
              }}
            >
              Copy traceback
            </Button>
          </>
        )}
      </div>
    </div>
  );
}
