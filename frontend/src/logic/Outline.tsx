// The cells by name, with the marks of those that want attention; a click goes there.

import { memo } from "react";

import { Icon } from "../ui/Icon";
import { Spinner } from "../ui/Spinner";
import type { Cell, CellRun } from "../wire";
import { shortName, TYPE_ICONS } from "./cells";
import { elementId, useNotebook, useSelection } from "./notebook";
import styles from "./Outline.module.css";

export function Outline({
  cells,
  runs,
  onGo,
}: {
  readonly cells: readonly Cell[];
  readonly runs: Readonly<Record<string, CellRun>>;
  /** In a dialog, which has its own title and is closed by going. */
  readonly onGo?: () => void;
}) {
  const notebook = useNotebook();
  const selection = useSelection(notebook);
  return (
    <nav aria-label="Cells">
      {!onGo && <h2 className={styles.title}>Cells</h2>}
      {cells.length === 0 && <p className={styles.none}>None yet.</p>}
      <ol className={styles.list}>
        {cells.map((cell, index) => (
          <Row
            key={cell.id}
            cell={cell}
            name={shortName(cell, index)}
            state={runs[cell.id]?.state ?? "empty"}
            at={selection.cell === cell.id}
            onGo={onGo}
          />
        ))}
      </ol>
    </nav>
  );
}

const Row = memo(function Row({
  cell,
  name,
  state,
  at,
  onGo,
}: {
  readonly cell: Cell;
  readonly name: string;
  readonly state: CellRun["state"];
  readonly at: boolean;
  readonly onGo: (() => void) | undefined;
}) {
  const notebook = useNotebook();
  return (
    <li>
      <a
        className={styles.row}
        href={`#${elementId(cell.id)}`}
        aria-current={at || undefined}
        onClick={(event) => {
          event.preventDefault();
          onGo?.();
          notebook.focus(cell.id);
        }}
      >
        <Icon name={TYPE_ICONS[cell.type]} small />
        <span className={styles.name}>{name}</span>
        <Mark state={state} />
      </a>
    </li>
  );
});

function Mark({ state }: { readonly state: CellRun["state"] }) {
  switch (state) {
    case "stale":
      return (
        <span className={styles.stale} title="stale">
          <span className={styles.word}>stale</span>
        </span>
      );
    case "error":
      return (
        <span className={styles.failed} title="failed">
          <Icon name="error" small />
          <span className={styles.word}>failed</span>
        </span>
      );
    case "skipped":
      return (
        <span title="skipped">
          <Icon name="skip" small />
          <span className={styles.word}>skipped</span>
        </span>
      );
    case "running":
      return (
        <span className={styles.running} title="running">
          <Spinner />
          <span className={styles.word}>running</span>
        </span>
      );
    case "queued":
    case "done":
    case "empty":
      return null;
  }
}
