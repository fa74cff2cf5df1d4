// The rows of a table input while they are edited: cells read from text, rows pasted from a spreadsheet. Pure.

import { readNumber, numberText } from "../core/inputs";
import type { TableInputColumn } from "../wire";

export type Row = readonly unknown[];
/** As many as the server takes. */
export const MOST_ROWS = 10_000;

/** The value of what was typed into a cell, or the sentence why it is none. An empty cell is empty. */
export function readCell(column: TableInputColumn, text: string): { readonly value: unknown } | string {
  const plain = text.trim();
  switch (column.type) {
    case "text":
      return { value: text === "" ? null : text };
    case "number": {
      const number = readNumber(plain);
      return number === undefined ? `${column.name} takes a number; “${plain}” is none.` : { value: number };
    }
    case "checkbox": {
      if (plain === "") return { value: null };
      if (/^(true|yes|on|1|x|✓)$/i.test(plain)) return { value: true };
      if (/^(false|no|off|0)$/i.test(plain)) return { value: false };
      return `${column.name} takes true or false; “${plain}” is neither.`;
    }
    case "date":
      if (plain === "") return { value: null };
      return isDay(plain)
        ? { value: plain }
        : `${column.name} takes a day such as 2026-11-25; “${plain}” is none.`;
    default:
      return never(column.type);
  }
}

/** A cell as text, ready to be edited. */
export function cellText(column: TableInputColumn, value: unknown): string {
  if (value === null || value === undefined) return "";
  if (column.type === "number") return numberText(value);
  if (typeof value === "boolean") return value ? "true" : "false";
  return typeof value === "string" ? value : "";
}

export function emptyRow(columns: readonly TableInputColumn[]): Row {
  return columns.map(() => null);
}

export function withCell(rows: readonly Row[], row: number, column: number, value: unknown): readonly Row[] {
  return rows.map((one, r) => (r === row ? one.map((old, c) => (c === column ? value : old)) : one));
}

export interface Pasted {
  readonly rows: readonly Row[];
  /** The first thing that did not fit; "" = all did. What does not fit leaves its cell as it was. */
  readonly trouble: string;
}

/** The rows after a block of text, as spreadsheets copy it, was pasted at a cell. New rows come where it is longer. */
export function pasted(
  columns: readonly TableInputColumn[],
  rows: readonly Row[],
  at: { readonly row: number; readonly column: number },
  text: string,
): Pasted {
  const next = rows.map((row) => [...row]);
  let trouble = "";
  const lines = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n");
  for (const [r, line] of lines.entries()) {
    const row = at.row + r;
    if (row >= MOST_ROWS) {
      trouble ||= `At most ${MOST_ROWS} rows; the rest was left out.`;
      break;
    }
    while (next.length <= row) next.push([...emptyRow(columns)]);
    for (const [c, cell] of line.split("\t").entries()) {
      const column = columns[at.column + c];
      const target = next[row];
      if (!column || !target) continue;
      const read = readCell(column, cell);
      if (typeof read === "string") trouble ||= `Row ${row + 1}: ${read}`;
      else target[at.column + c] = read.value;
    }
  }
  return { rows: next, trouble };
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

function never(value: never): never {
  throw new Error(`A column of an unknown type: ${String(value)}`);
}
