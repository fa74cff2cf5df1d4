// A table input: a grid that is walked with the arrows and edited in place. Loaded where an app has one.
//
// Enter or typing edits, Enter and Tab keep, Escape gives up; a block copied from a spreadsheet is pasted where one is.
// What is no value of its column stays in the cell as it was written, marked, and is not sent. Only the rows in sight
// are drawn.

// A table of HTML cannot leave rows out; a grid says itself how many it has.
/* oxlint-disable jsx-a11y/prefer-tag-over-role */

import { Plus, Trash2 } from "lucide-react";
import { useEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent, type ReactNode } from "react";

import { display } from "../core/values";
import type { TableInput, TableInputColumn } from "../wire";
import type { ControlProps } from "./InputControl";
import { cellText, emptyRow, MOST_ROWS, pasted, readCell, withCell, type Row } from "./table-input";
import styles from "./TableEditor.module.css";

interface Place {
  readonly row: number;
  readonly column: number;
}

const HEIGHT = 36;
const VIEW = 8;
const BEYOND = 6;

export default function TableEditor(props: ControlProps<TableInput>): ReactNode {
  const { id, input, name, value, disabled, describedBy, change, say } = props;
  const { columns } = input;
  const rows = Array.isArray(value) ? (value as readonly Row[]) : [];
  const [at, setAt] = useState<Place>({ row: 0, column: 0 });
  const [edited, setEdited] = useState<string | null>(null);
  const [bad, setBad] = useState<ReadonlyMap<string, string>>(new Map());
  const [top, setTop] = useState(0);
  const grid = useRef<HTMLDivElement>(null);
  const wantsFocus = useRef(false);
  const row = Math.min(at.row, Math.max(0, rows.length - 1));
  const first = Math.max(0, Math.floor(top / HEIGHT) - BEYOND);
  const last = Math.min(rows.length, first + VIEW + 2 * BEYOND);

  useEffect(() => {
    if (!wantsFocus.current || edited !== null) return;
    wantsFocus.current = false;
    grid.current?.querySelector<HTMLElement>(`[data-at="${row}:${at.column}"]`)?.focus();
  });

  const go = (to: Place): void => {
    const next = {
      row: Math.min(Math.max(0, to.row), Math.max(0, rows.length - 1)),
      column: Math.min(Math.max(0, to.column), columns.length - 1),
    };
    wantsFocus.current = true;
    setAt(next);
    const scroll = grid.current;
    if (!scroll) return;
    // The header stays on top of the rows.
    const seen = scroll.clientHeight - HEIGHT;
    if (next.row * HEIGHT < scroll.scrollTop) scroll.scrollTop = next.row * HEIGHT;
    else if ((next.row + 1) * HEIGHT > scroll.scrollTop + seen)
      scroll.scrollTop = (next.row + 1) * HEIGHT - seen;
    setTop(scroll.scrollTop);
  };
  const key = (place: Place): string => `${place.row}:${place.column}`;
  const put = (place: Place, text: string): void => {
    const column = columns[place.column];
    if (!column) return;
    const read = readCell(column, text);
    const others = new Map(bad);
    others.delete(key(place));
    if (typeof read === "string") {
      others.set(key(place), text);
      say(read);
    } else {
      say("");
      change(withCell(rows, place.row, place.column, read.value));
    }
    setBad(others);
  };
  const keep = (): void => {
    if (edited === null) return;
    setEdited(null);
    put({ row, column: at.column }, edited);
  };
  const begin = (text: string): void => setEdited(text);
  const current = columns[at.column];
  const textAt = (place: Place, column: TableInputColumn): string =>
    bad.get(key(place)) ?? cellText(column, rows[place.row]?.[place.column]);

  const walk = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (disabled || !current || !(event.target instanceof HTMLElement) || !event.target.dataset["at"]) return;
    const step = {
      ArrowDown: [1, 0],
      ArrowUp: [-1, 0],
      ArrowRight: [0, 1],
      ArrowLeft: [0, -1],
      PageDown: [VIEW, 0],
      PageUp: [-VIEW, 0],
      Home: [event.ctrlKey ? -rows.length : 0, -columns.length],
      End: [event.ctrlKey ? rows.length : 0, columns.length],
    }[event.key];
    if (step) {
      event.preventDefault();
      go({ row: row + (step[0] ?? 0), column: at.column + (step[1] ?? 0) });
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      put({ row, column: at.column }, "");
    } else if (current.type === "checkbox" && (event.key === " " || event.key === "Enter")) {
      event.preventDefault();
      put({ row, column: at.column }, rows[row]?.[at.column] === true ? "false" : "true");
    } else if (event.key === "Enter" || event.key === "F2") {
      event.preventDefault();
      begin(textAt({ row, column: at.column }, current));
    } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      begin(event.key);
    }
  };
  const edit = (event: KeyboardEvent<HTMLInputElement>): void => {
    event.stopPropagation();
    if (event.key === "Escape") {
      event.preventDefault();
      wantsFocus.current = true;
      setEdited(null);
    } else if (event.key === "Enter" || event.key === "Tab") {
      event.preventDefault();
      keep();
      const back = event.shiftKey ? -1 : 1;
      go(event.key === "Enter" ? { row: row + back, column: at.column } : { row, column: at.column + back });
    }
  };
  const paste = (event: ClipboardEvent<HTMLDivElement>): void => {
    const text = event.clipboardData.getData("text/plain");
    if (disabled || edited !== null || !text) return;
    event.preventDefault();
    const { rows: next, trouble } = pasted(columns, rows, { row, column: at.column }, text);
    setBad(new Map());
    say(trouble);
    change(next);
  };
  const add = (): void => {
    change([...rows, emptyRow(columns)]);
    wantsFocus.current = true;
    setAt({ row: rows.length, column: 0 });
    requestAnimationFrame(() => {
      if (!grid.current) return;
      grid.current.scrollTop = grid.current.scrollHeight;
      setTop(grid.current.scrollTop);
    });
  };
  const remove = (place: number): void => {
    setBad(new Map());
    say("");
    change(rows.filter((_, r) => r !== place));
  };
  // Each row is a grid of its own: the same least width keeps their columns in line.
  const layout = {
    gridTemplateColumns: `40px repeat(${columns.length}, minmax(0, 1fr)) 44px`,
    minWidth: 84 + 104 * columns.length,
  };
  return (
    <>
      <span id={`${id}-label`} className={styles.label}>
        {name} <span className={styles.count}>{rows.length === 1 ? "1 row" : `${rows.length} rows`}</span>
      </span>
      {/* Keys and pasting come up from the cells, which hold the focus. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div
        ref={grid}
        role="grid"
        tabIndex={-1}
        className={styles.grid}
        aria-labelledby={`${id}-label`}
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length}
        aria-describedby={describedBy}
        aria-readonly={disabled || undefined}
        style={{ maxHeight: HEIGHT * (VIEW + 1) + 2 }}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={walk}
        onPaste={paste}
      >
        <div role="row" aria-rowindex={1} className={styles.head} style={layout}>
          <span aria-hidden />
          {columns.map((column) => (
            <span key={column.name} role="columnheader" data-type={column.type}>
              {column.name}
            </span>
          ))}
          <span aria-hidden />
        </div>
        <div aria-hidden style={{ height: first * HEIGHT }} />
        {rows.slice(first, last).map((cells, offset) => {
          const r = first + offset;
          return (
            // A row's place is its identity.
            // oxlint-disable-next-line react/no-array-index-key
            <div key={r} role="row" aria-rowindex={r + 2} className={styles.row} style={layout}>
              <span className={styles.number} aria-hidden>
                {r + 1}
              </span>
              {columns.map((column, c) => {
                const place = { row: r, column: c };
                const here = r === row && c === at.column;
                const wrong = bad.has(key(place));
                return (
                  // The grid hears the keys of its cells.
                  // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
                  <div
                    key={column.name}
                    role="gridcell"
                    data-at={key(place)}
                    data-type={column.type}
                    data-wrong={wrong || undefined}
                    aria-invalid={wrong || undefined}
                    tabIndex={here ? 0 : -1}
                    onFocus={() => {
                      if (!here && edited === null) setAt(place);
                    }}
                    onClick={() => {
                      if (disabled) return;
                      if (column.type === "checkbox") put(place, cells[c] === true ? "false" : "true");
                      else if (here && edited === null) begin(textAt(place, column));
                    }}
                  >
                    {here && edited !== null ? (
                      <input
                        // The person asked for this field by Enter, a key or a click.
                        // oxlint-disable-next-line jsx-a11y/no-autofocus
                        autoFocus
                        aria-label={`${column.name}, row ${r + 1}`}
                        type={
                          column.type === "date" && (edited === "" || /^\d{4}-/.test(edited))
                            ? "date"
                            : "text"
                        }
                        inputMode={column.type === "number" ? "decimal" : undefined}
                        value={edited}
                        onChange={(event) => setEdited(event.target.value)}
                        onKeyDown={edit}
                        onBlur={keep}
                      />
                    ) : (
                      shownCell(column, cells[c], bad.get(key(place)))
                    )}
                  </div>
                );
              })}
              <button
                type="button"
                className={styles.remove}
                tabIndex={r === row ? 0 : -1}
                disabled={disabled}
                aria-label={`Delete row ${r + 1}`}
                onClick={() => remove(r)}
              >
                <Trash2 size={14} aria-hidden />
              </button>
            </div>
          );
        })}
        <div aria-hidden style={{ height: (rows.length - last) * HEIGHT }} />
      </div>
      <button
        type="button"
        className={styles.add}
        disabled={disabled || rows.length >= MOST_ROWS}
        onClick={add}
      >
        <Plus size={14} aria-hidden /> Add row
      </button>
    </>
  );
}

function shownCell(column: TableInputColumn, value: unknown, wrong: string | undefined): ReactNode {
  if (wrong !== undefined) return wrong;
  if (column.type === "checkbox") {
    const word = value === true ? "true" : value === false ? "false" : "empty";
    return (
      <span className={styles.box} data-on={value === true || undefined}>
        <span className={styles.word}>{word}</span>
        <span aria-hidden>{value === true ? "✓" : ""}</span>
      </span>
    );
  }
  return display(value);
}
