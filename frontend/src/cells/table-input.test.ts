import { expect, test } from "vitest";

import { pasted, readCell, withCell } from "./table-input";
import type { TableInputColumn } from "../wire";

const COLUMNS: readonly TableInputColumn[] = [
  { name: "store", type: "text" },
  { name: "goal", type: "number" },
  { name: "open", type: "checkbox" },
  { name: "since", type: "date" },
];

test("a cell is read by its column's type", () => {
  const read = (at: number, text: string): unknown => {
    const column = COLUMNS[at];
    return column && readCell(column, text);
  };
  expect(read(0, " Oslo")).toEqual({ value: " Oslo" });
  expect(read(1, "1 200,5")).toEqual({ value: 1200.5 });
  expect(read(1, "many")).toBe("goal takes a number; “many” is none.");
  expect(read(2, "TRUE")).toEqual({ value: true });
  expect(read(3, "2026-02-30")).toBe("since takes a day such as 2026-11-25; “2026-02-30” is none.");
  for (const at of [0, 1, 2, 3]) expect(read(at, "")).toEqual({ value: null });
});

test("a block from a spreadsheet fills cells from where it is pasted and adds rows", () => {
  const rows = [["Oslo", 1, true, null]];
  expect(pasted(COLUMNS, rows, { row: 0, column: 1 }, "5\tno\r\n7\tyes\r\n")).toEqual({
    rows: [
      ["Oslo", 5, false, null],
      [null, 7, true, null],
    ],
    trouble: "",
  });
});

test("what does not fit leaves its cell and is named; what lies beyond the columns is passed over", () => {
  const rows = [["Oslo", 1, true, null]];
  expect(pasted(COLUMNS, rows, { row: 0, column: 1 }, "x\ttrue\t2026-01-02\tmore")).toEqual({
    rows: [["Oslo", 1, true, "2026-01-02"]],
    trouble: "Row 1: goal takes a number; “x” is none.",
  });
});

test("one cell changes, the other rows stay the same", () => {
  const rows = [["a"], ["b"]];
  const next = withCell(rows, 1, 0, "c");
  expect(next).toEqual([["a"], ["c"]]);
  expect(next[0]).toBe(rows[0]);
});
