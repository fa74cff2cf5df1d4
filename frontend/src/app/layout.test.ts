import { expect, test } from "vitest";

import { cellsOf, inputsOf, rowsOf, withoutInputs } from "./layout";
import type { AppCell, AppView, Column, Tab } from "../wire";

const cell = (id: string, type: AppCell["type"]): AppCell => ({
  id,
  type,
  label: id,
  input:
    type === "input"
      ? {
          kind: "text",
          name: id,
          default: "",
          settable: false,
          in_links: true,
          multiline: false,
          placeholder: "",
        }
      : null,
  format: "",
  source: "",
});

const APP: AppView = {
  title: "",
  description: "",
  layout: { tabs: [], full_width: false },
  cells: [cell("i", "input"), cell("j", "input"), cell("v", "value"), cell("w", "value"), cell("t", "table")],
  settings: {
    on_open: "published_results",
    on_interaction: "auto",
    viewers_may_refresh: false,
    refresh_after: 0,
    interrupt_superseded: false,
    ready_kernels: 0,
  },
  personal: false,
};

const column = (start: number, end: number, ...cells: string[]): Column => ({
  start,
  end,
  elements: cells.map((id) => ({ cell: id, height: null, show_source: false, show_prints: false })),
});
const tab = (...rows: Column[][]): Tab => ({ name: "", rows: rows.map((columns) => ({ columns })) });
const CELLS = cellsOf(APP);
const shape = (one: Tab): unknown =>
  rowsOf(one, CELLS).map((row) =>
    row.columns.map(({ groups }) =>
      groups.map(({ kind, parts }) => [kind, ...parts.map(({ cell }) => cell.id)]),
    ),
  );

test("neighbouring figures and inputs of a column stand together, in the author's order", () => {
  expect(shape(tab([column(0, 120, "i", "j", "v", "w", "t", "v")]))).toEqual([
    [
      [
        ["inputs", "i", "j"],
        ["figures", "v", "w"],
        ["single", "t"],
        ["figures", "v"],
      ],
    ],
  ]);
});

test("a cell that this viewer was not sent leaves no hole", () => {
  expect(shape(tab([column(0, 120, "gone", "t")]))).toEqual([[[["single", "t"]]]]);
});

test("a row of single figures is told from a row with one figure beside a table", () => {
  const [figures, mixed] = rowsOf(
    tab([column(0, 60, "v"), column(60, 120, "w")], [column(0, 60, "v"), column(60, 120, "t")]),
    CELLS,
  );
  expect(figures?.figures).toBe(true);
  expect(mixed?.figures).toBe(false);
});

test("on a phone the inputs stand elsewhere and leave no empty column", () => {
  const rows = rowsOf(tab([column(0, 40, "i", "j"), column(40, 120, "t")]), CELLS);
  expect(inputsOf(rows).map(({ cell }) => cell.id)).toEqual(["i", "j"]);
  expect(withoutInputs(rows)[0]?.columns).toHaveLength(1);
});
