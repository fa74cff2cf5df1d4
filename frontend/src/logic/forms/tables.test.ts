import { expect, test } from "vitest";

import type { TableInput } from "../../wire";
import {
  readCell,
  rowsOf,
  withColumn,
  withColumnChanged,
  withoutColumn,
  withPasted,
  wrongColumn,
} from "./tables";

const TABLE: TableInput = {
  kind: "table",
  name: "rates",
  default: [
    ["NOK", 11.5],
    ["SEK", null],
  ],
  settable: false,
  in_links: true,
  columns: [
    { name: "currency", type: "text" },
    { name: "rate", type: "number" },
  ],
};

test("rows follow their columns", () => {
  expect(rowsOf(withColumn(TABLE, "since"))).toEqual([
    ["NOK", 11.5, null],
    ["SEK", null, null],
  ]);
  expect(rowsOf(withoutColumn(TABLE, 0))).toEqual([[11.5], [null]]);
});

test("another type keeps the cells that fit", () => {
  expect(rowsOf(withColumnChanged(TABLE, 1, { type: "text" }))).toEqual([
    ["NOK", "11.5"],
    ["SEK", null],
  ]);
  expect(rowsOf(withColumnChanged(TABLE, 0, { type: "number" }))[0]).toEqual([null, 11.5]);
});

test("cells are read as their column's type", () => {
  expect(readCell("number", "1 200,5")).toBe(1200.5);
  expect(readCell("number", "many")).toBeNull();
  expect(readCell("checkbox", "yes")).toBe(true);
  expect(readCell("date", "2026-02-29")).toBeNull();
  expect(readCell("date", "2028-02-29")).toBe("2028-02-29");
});

test("what a spreadsheet copied fills cells and makes rows", () => {
  expect(rowsOf(withPasted(TABLE, 1, 0, "DKK\t7.46\tmore\nEUR\t1\n"))).toEqual([
    ["NOK", 11.5],
    ["DKK", 7.46],
    ["EUR", 1],
  ]);
});

test("columns have names, each its own", () => {
  expect(wrongColumn(TABLE, "rate")).not.toBe("");
  expect(wrongColumn(TABLE, "rate", 1)).toBe("");
  expect(wrongColumn(TABLE, " ")).not.toBe("");
});
