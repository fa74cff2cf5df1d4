// The columns and prefilled rows of a table input, kept in step with each other. Pure.

import type { TableInput, TableInputColumn } from "../../wire";

export type CellValue = string | number | boolean | null;
export type Rows = readonly (readonly CellValue[])[];
export type ColumnType = TableInputColumn["type"];

export const COLUMN_TYPES: readonly { readonly id: ColumnType; readonly name: string }[] = [
  { id: "text", name: "Text" },
  { id: "number", name: "Number" },
  { id: "checkbox", name: "Checkbox" },
  { id: "date", name: "Date" },
];

/** The rows as the input has them, each as long as there are columns. */
export function rowsOf(input: TableInput): Rows {
  const rows: readonly unknown[] = Array.isArray(input.default) ? input.default : [];
  return rows.map((row) => {
    const cells: readonly unknown[] = Array.isArray(row) ? row : [];
    return input.columns.map((_, at) => scalar(cells[at]));
  });
}

function scalar(value: unknown): CellValue {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

export function withRows(input: TableInput, rows: Rows): TableInput {
  return { ...input, default: rows };
}

export function withColumn(input: TableInput, name: string): TableInput {
  return {
    ...input,
    columns: [...input.columns, { name, type: "text" }],
    default: rowsOf(input).map((row) => [...row, null]),
  };
}

export function withoutColumn(input: TableInput, at: number): TableInput {
  return {
    ...input,
    columns: input.columns.filter((_, place) => place !== at),
    default: rowsOf(input).map((row) => row.filter((_, place) => place !== at)),
  };
}

/** A column with another name or type; cells that do not fit the type are empty then. */
export function withColumnChanged(
  input: TableInput,
  at: number,
  change: Partial<TableInputColumn>,
): TableInput {
  const columns = input.columns.map((column, place) => (place === at ? { ...column, ...change } : column));
  const type = columns[at]?.type ?? "text";
  const rows = rowsOf(input);
  return {
    ...input,
    columns,
    default: change.type
      ? rows.map((row) => row.map((cell, place) => (place === at ? readCell(type, cellText(cell)) : cell)))
      : rows,
  };
}

/** Why a column may not be called so; "" = it may. */
export function wrongColumn(input: TableInput, name: string, at = -1): string {
  if (name.trim() === "") return "A column needs a name.";
  return input.columns.some((column, place) => place !== at && column.name === name)
    ? "There is a column of this name already."
    : "";
}

export function cellText(cell: CellValue): string {
  return cell === null ? "" : String(cell);
}

/** What was written in a cell; null where it is nothing, or does not fit. */
export function readCell(type: ColumnType, text: string): CellValue {
  const plain = text.trim();
  switch (type) {
    case "text":
      return text === "" ? null : text;
    case "number": {
      const number = Number(plain.replace(/[\s\u202F\u00A0]/g, "").replace(",", "."));
      return plain !== "" && Number.isFinite(number) ? number : null;
    }
    case "checkbox":
      if (/^(true|yes|1|x)$/i.test(plain)) return true;
      return /^(false|no|0)$/i.test(plain) ? false : null;
    case "date":
      return isDay(plain) ? plain : null;
  }
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** The rows with copied cells (from a spreadsheet: tabs and lines) put in from this cell on; new rows as needed. */
export function withPasted(input: TableInput, row: number, column: number, text: string): TableInput {
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
  const rows = rowsOf(input).map((cells) => [...cells]);
  for (const [down, line] of lines.entries()) {
    const target = (rows[row + down] ??= input.columns.map(() => null));
    for (const [right, cell] of line.split("\t").entries()) {
      const type = input.columns[column + right]?.type;
      if (type) target[column + right] = readCell(type, cell);
    }
  }
  return withRows(input, rows);
}
