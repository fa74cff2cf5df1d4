// The settings of a table input: its columns, and the rows that it starts with.

import { useState } from "react";

import { Button, IconButton } from "../../ui/Button";
import { Select } from "../../ui/Field";
import type { TableInput } from "../../wire";
import { CommitField } from "./fields";
import styles from "./forms.module.css";
import {
  cellText,
  COLUMN_TYPES,
  readCell,
  rowsOf,
  withColumn,
  withColumnChanged,
  withoutColumn,
  withPasted,
  withRows,
  wrongColumn,
  type CellValue,
  type ColumnType,
} from "./tables";

/** More rows than this are not edited by hand. */
const MOST_ROWS = 100;

export interface TableFieldsProps {
  readonly input: TableInput;
  readonly change: (next: TableInput) => Promise<string>;
}

export function TableFields({ input, change }: TableFieldsProps) {
  return (
    <>
      <Columns input={input} change={change} />
      {input.columns.length > 0 && <Prefill input={input} change={change} />}
    </>
  );
}

function Columns({ input, change }: TableFieldsProps) {
  const [made, setMade] = useState(0);
  return (
    <fieldset className={styles.whole}>
      <legend className={styles.legend}>Columns</legend>
      <ol className={styles.rows}>
        {input.columns.map((column, at) => (
          <li key={column.name} className={styles.option}>
            <CommitField
              label={`Name of column ${at + 1}`}
              hideLabel
              value={column.name}
              onCommit={(name) =>
                wrongColumn(input, name.trim(), at) ||
                change(withColumnChanged(input, at, { name: name.trim() }))
              }
            />
            <Select
              label={`Type of column ${at + 1}`}
              hideLabel
              className={styles.type}
              options={COLUMN_TYPES}
              selected={column.type}
              onSelect={(type) => void change(withColumnChanged(input, at, { type }))}
            />
            <IconButton
              label={`Remove column ${column.name}`}
              icon="close"
              small
              onPress={() => void change(withoutColumn(input, at))}
            />
          </li>
        ))}
        <li className={styles.option}>
          <CommitField
            key={made}
            label="New column"
            hideLabel
            autoFocus={made > 0}
            placeholder="Add a column"
            value=""
            onCommit={async (name) => {
              if (name.trim() === "") return "";
              const wrong = wrongColumn(input, name.trim()) || (await change(withColumn(input, name.trim())));
              if (!wrong) setMade((count) => count + 1);
              return wrong;
            }}
          />
        </li>
      </ol>
    </fieldset>
  );
}

function Prefill({ input, change }: TableFieldsProps) {
  const rows = rowsOf(input);
  const shown = rows.slice(0, MOST_ROWS);
  const set = (row: number, column: number, value: CellValue): Promise<string> =>
    change(
      withRows(
        input,
        rows.map((cells, at) =>
          at === row ? cells.map((cell, place) => (place === column ? value : cell)) : cells,
        ),
      ),
    );
  return (
    <fieldset className={styles.whole}>
      <legend className={styles.legend}>Rows to start with</legend>
      {rows.length > 0 && (
        <div className={styles.grid}>
          <table>
            <thead>
              <tr>
                {input.columns.map((column) => (
                  <th key={column.name} scope="col">
                    {column.name}
                  </th>
                ))}
                <td aria-hidden="true" />
              </tr>
            </thead>
            <tbody>
              {shown.map((cells, row) => (
                // oxlint-disable-next-line react/no-array-index-key
                <tr key={row}>
                  {cells.map((cell, column) => (
                    // oxlint-disable-next-line react/no-array-index-key
                    <td key={column}>
                      <GridCell
                        label={`${input.columns[column]?.name ?? ""}, row ${row + 1}`}
                        type={input.columns[column]?.type ?? "text"}
                        value={cell}
                        onCommit={(value) => void set(row, column, value)}
                        onPaste={(text) => void change(withPasted(input, row, column, text))}
                      />
                    </td>
                  ))}
                  <td>
                    <IconButton
                      label={`Remove row ${row + 1}`}
                      icon="close"
                      small
                      onPress={() =>
                        void change(
                          withRows(
                            input,
                            rows.filter((_, at) => at !== row),
                          ),
                        )
                      }
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rows.length > MOST_ROWS && (
        <p className={styles.note}>
          {rows.length - MOST_ROWS} more rows are kept as they are. Put long tables into a file of the
          project.
        </p>
      )}
      <Button
        small
        icon="plus"
        onPress={() =>
          void change(
            withRows(input, [
              ...rows,
              input.columns.map((column) => (column.type === "checkbox" ? false : null)),
            ]),
          )
        }
      >
        Add row
      </Button>
    </fieldset>
  );
}

function GridCell({
  label,
  type,
  value,
  onCommit,
  onPaste,
}: {
  readonly label: string;
  readonly type: ColumnType;
  readonly value: CellValue;
  readonly onCommit: (value: CellValue) => void;
  readonly onPaste: (text: string) => void;
}) {
  const [text, setText] = useState<string | null>(null);
  const read = readCell(type, text ?? cellText(value));
  const wrong = text !== null && text.trim() !== "" && read === null;
  if (type === "checkbox")
    return (
      <input
        type="checkbox"
        aria-label={label}
        checked={value === true}
        onChange={(event) => onCommit(event.target.checked)}
      />
    );
  return (
    <input
      aria-label={label}
      aria-invalid={wrong || undefined}
      title={wrong ? `This is no ${type}; the cell stays empty.` : undefined}
      type={type === "date" ? "date" : "text"}
      inputMode={type === "number" ? "decimal" : undefined}
      value={text ?? cellText(value)}
      onChange={(event) => setText(event.target.value)}
      onPaste={(event) => {
        const pasted = event.clipboardData.getData("text/plain");
        if (!/[\t\n]/.test(pasted)) return;
        event.preventDefault();
        setText(null);
        onPaste(pasted);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
      }}
      onBlur={() => {
        if (text !== null && read !== value) onCommit(read);
        setText(null);
      }}
    />
  );
}
