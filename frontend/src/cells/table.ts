// A table's page without the kernel: what can be sorted, filtered and written from the rows at hand. Pure.

import { groupDigits, toNumber } from "../core/values";
import type { TableAnswer, TableColumn, TableHead, TableQuery } from "../wire";

export type Cell = unknown;
export type Row = readonly Cell[];

/** The answer to a query from the first page alone, or null where the kernel must be asked. */
export function localPage(head: TableHead, query: TableQuery): TableAnswer | null {
  const whole = head.rows.length >= head.total;
  if (!whole && (query.sort || query.filter)) return null;
  if (!whole && query.offset + query.limit > head.rows.length) return null;
  let rows: readonly Row[] = head.rows;
  const needle = query.filter.trim().toLocaleLowerCase();
  if (needle)
    rows = rows.filter((row) =>
      row.some((cell) =>
        String(cell ?? "")
          .toLocaleLowerCase()
          .includes(needle),
      ),
    );
  const at = head.columns.findIndex((column) => column.name === query.sort);
  if (at >= 0) {
    const sign = query.descending ? -1 : 1;
    rows = rows.toSorted((a, b) => {
      // What is missing stands last, whichever way the rest goes.
      if (a[at] == null || b[at] == null) return Number(a[at] == null) - Number(b[at] == null);
      return sign * compare(a[at], b[at], head.columns[at]?.type);
    });
  }
  const total = whole ? rows.length : head.total;
  return { ask: "table", rows: rows.slice(query.offset, query.offset + query.limit), total };
}

function compare(a: Cell, b: Cell, type: TableColumn["type"] | undefined): number {
  if (type === "number") return numberOf(a) - numberOf(b) || 0;
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function numberOf(cell: Cell): number {
  return typeof cell === "string" ? Number(cell) : (toNumber(cell) ?? Number.NaN);
}

/** How many digits after the point the numbers of a column get: as many as they have, within reason. */
export function decimals(rows: readonly Row[], at: number): number {
  let most = 0;
  let largest = 0;
  for (const row of rows) {
    const cell = row[at];
    if (typeof cell !== "number" || !Number.isFinite(cell)) continue;
    largest = Math.max(largest, Math.abs(cell));
    const [, after = ""] = String(cell).split(".");
    most = Math.max(most, /e/.test(String(cell)) ? 6 : after.length);
  }
  return Math.min(most, largest >= 1 ? 2 : 4);
}

/** Numbers that name rather than count: no spaces in 2026. */
const NAMES = /(^|[\s_])(year|jahr|id|zip|code|no|nr)$/i;

/** A table cell as people read it. */
export function cellText(cell: Cell, column: TableColumn, places: number): string {
  if (cell === null || cell === undefined) return "–";
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  switch (column.type) {
    case "number": {
      if (typeof cell === "string") return groupDigits(cell);
      const number = toNumber(cell);
      if (number === null || !Number.isFinite(number)) return String(cell);
      const text = number.toFixed(places);
      return NAMES.test(column.name) ? text : groupDigits(text);
    }
    case "datetime":
      return String(cell)
        .replace("T", " ")
        .replace(/(:\d\d)\.0+$/, "$1");
    case "date":
    case "text":
    case "boolean":
    case "other":
      return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
    default:
      return String(cell);
  }
}
