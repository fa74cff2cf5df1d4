import { expect, test } from "vitest";

import { TABLE } from "../../cells/mime";
import type { Cell, CellRun } from "../../wire";
import { columnsShown, framesOf, keysOf } from "./columns";

const CELLS: readonly Cell[] = [
  { type: "python", id: "p", label: "", source: "df = load()\ndf.head(5)\n" },
  { type: "sql", id: "s", label: "", source: "", connection: "dataframes", result: "by_store" },
  { type: "chart", id: "c", label: "", dataframe: "by_store", spec: {} },
];

const RUN: CellRun = {
  state: "done",
  outputs: [
    {
      output: "display",
      data: { [TABLE]: { table: "t", columns: [{ name: "day", type: "date" }], total: 1, rows: [] } },
      blobs: {},
      metadata: {},
      display_id: "",
      result: true,
    },
  ],
  elapsed: 1,
  at: "",
  waits_for: "",
};

test("columns come from the cell that shows the data frame", () => {
  expect(columnsShown(CELLS, { p: RUN }, "df")).toEqual(["day"]);
  expect(columnsShown(CELLS, { s: RUN }, "by_store")).toEqual(["day"]);
  expect(columnsShown(CELLS, { p: RUN }, "d")).toEqual([]);
  expect(columnsShown(CELLS, {}, "df")).toEqual([]);
});

test("data frames are named once", () => {
  expect(framesOf(CELLS)).toEqual(["by_store"]);
});

test("keys are read whichever way completion writes them", () => {
  expect(keysOf(["store", '"day"]', "'rev enue']", "store"])).toEqual(["store", "day", "rev enue"]);
});
