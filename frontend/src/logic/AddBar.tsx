// Adding a cell: the kinds in a row, at the end of the notebook and, where one asks for it, between two cells.

import { memo, useState } from "react";

import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { Menu, MenuItem } from "../ui/Menu";
import styles from "./AddBar.module.css";
import { INPUT_KINDS, KIND_NAMES, newCell, newInput, TYPE_ICONS, TYPE_NAMES, type CellType } from "./cells";
import { useNotebook } from "./notebook";

const BEFORE_INPUT = ["python", "sql", "markdown"] as const;
const AFTER_INPUT = ["chart", "table", "value"] as const;

/** `after`: the cell that the new one goes behind; "" = to the top. */
export function AddBar({ after, onDone }: { readonly after: string; readonly onDone?: () => void }) {
  const notebook = useNotebook();
  const add = (type: Exclude<CellType, "input">) => (
    <Button
      key={type}
      variant="quiet"
      small
      icon={TYPE_ICONS[type]}
      aria-label={`Add ${TYPE_NAMES[type]} cell`}
      onPress={() => {
        notebook.insert(newCell(type), after);
        onDone?.();
      }}
    >
      {TYPE_NAMES[type]}
    </Button>
  );
  return (
    <div className={styles.bar} role="toolbar" aria-label="Add a cell">
      <Icon name="plus" className={styles.plus} />
      {BEFORE_INPUT.map(add)}
      <Menu
        label="Kinds of input"
        placement="bottom start"
        button={
          <Button variant="quiet" small icon="input" aria-label="Add Input cell">
            Input
            <Icon name="down" small />
          </Button>
        }
      >
        {INPUT_KINDS.map((kind) => (
          <MenuItem
            key={kind}
            onAction={() => {
              const { document } = notebook;
              if (document) notebook.insert(newInput(kind, document), after);
              onDone?.();
            }}
          >
            {KIND_NAMES[kind]}
          </MenuItem>
        ))}
      </Menu>
      {AFTER_INPUT.map(add)}
    </div>
  );
}

/** The gap between two cells: a plus that opens the row of kinds. */
export const Gap = memo(function Gap({
  after,
  editable,
}: {
  readonly after: string;
  readonly editable: boolean;
}) {
  const [open, setOpen] = useState(false);
  if (!editable) return <div className={styles.gap} />;
  if (!open) {
    return (
      <div className={styles.gap}>
        <button
          type="button"
          className={styles.opener}
          aria-label="Add a cell here"
          onClick={() => setOpen(true)}
        >
          <Icon name="plus" small />
        </button>
      </div>
    );
  }
  return (
    // Leaving the row or Escape closes it; both are what a keyboard does anyway.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={styles.openGap}
      ref={(element) => element?.querySelector("button")?.focus()}
      onKeyDown={(event) => {
        if (event.key === "Escape") setOpen(false);
      }}
      onBlur={(event) => {
        // A menu of the row is drawn elsewhere on the page; going there is not leaving.
        const to = event.relatedTarget;
        if (
          to instanceof Element &&
          !event.currentTarget.contains(to) &&
          !to.closest('[role="menu"], [role="dialog"]')
        ) {
          setOpen(false);
        }
      }}
    >
      <AddBar after={after} onDone={() => setOpen(false)} />
    </div>
  );
});
