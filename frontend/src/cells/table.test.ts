import { expect, test } from "vitest";

import { cellText, decimals, localPage } from "./table";
import type { TableColumn, TableHead, TableQuery } from "../wire";

const column = (name: string, type: TableColumn["type"]): TableColumn => ({ name, type });
const HEAD: TableHead = {
  table: "t",
  columns: [column("store", "text"), column("orders", "number")],
  total: 4,
  rows: [
    ["Oslo", 20],
    ["Bergen", null],
    ["Århus", 3],
    ["Turku", "9007199254740993"],
  ],
};
const query = (change: Partial<TableQuery>): TableQuery => ({
  offset: 0,
  limit: 10,
  sort: "",
  descending: false,
  filter: "",
  ...change,
});
const stores = (change: Partial<TableQuery>, head = HEAD): unknown =>
  localPage(head, query(change))?.rows.map(([store]) => store);

test("a table that is all here sorts numbers as numbers, what is missing last, both ways", () => {
  expect(stores({ sort: "orders" })).toEqual(["Århus", "Oslo", "Turku", "Bergen"]);
  expect(stores({ sort: "orders", descending: true })).toEqual(["Turku", "Oslo", "Århus", "Bergen"]);
});

test("a filter looks at every column and does not mind case", () => {
  expect(stores({ filter: "år" })).toEqual(["Århus"]);
  expect(stores({ filter: "20" })).toEqual(["Oslo"]);
  expect(localPage(HEAD, query({ filter: "x" }))?.total).toBe(0);
});

test("of a longer table the first pages are here; sorting, filtering and further pages are asked for", () => {
  const head = { ...HEAD, total: 1000 };
  expect(stores({ limit: 2 }, head)).toEqual(["Oslo", "Bergen"]);
  expect(localPage(head, query({ limit: 2 }))?.total).toBe(1000);
  expect(localPage(head, query({ sort: "orders" }))).toBeNull();
  expect(localPage(head, query({ filter: "o" }))).toBeNull();
  expect(localPage(head, query({ offset: 2, limit: 4 }))).toBeNull();
});

test("numbers have the digits that their column has, thousands a narrow space, years none", () => {
  const rows = [[1234.5], [2.25], [1 / 3]];
  expect(decimals(rows, 0)).toBe(2);
  expect(decimals([[0.12345]], 0)).toBe(4);
  expect(cellText(1234.5, column("n", "number"), 2)).toBe("1\u202F234.50");
  expect(cellText(2026, column("year", "number"), 0)).toBe("2026");
  expect(cellText("9007199254740993", column("n", "number"), 0)).toBe(
    "9\u202F007\u202F199\u202F254\u202F740\u202F993",
  );
  expect(cellText("nan", column("n", "number"), 0)).toBe("nan");
  expect(cellText(null, column("n", "number"), 0)).toBe("–");
  expect(cellText(true, column("b", "boolean"), 0)).toBe("yes");
  expect(cellText("2026-11-25T09:30:00", column("d", "datetime"), 0)).toBe("2026-11-25 09:30:00");
});
