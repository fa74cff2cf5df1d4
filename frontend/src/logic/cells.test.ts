import { describe, expect, test } from "vitest";

import type { ChartCell, Document, InputCell } from "../wire";
import { copyOf, newCell, newInput, rebased, seconds, shortName, withKind } from "./cells";

const CHART: ChartCell = { type: "chart", id: "c", label: "", dataframe: "orders", spec: { mark: "bar" } };
const EMPTY: Document = {
  title: "t",
  description: "",
  timezone: "UTC",
  settings: {
    on_open: "published_results",
    on_interaction: "auto",
    viewers_may_refresh: false,
    refresh_after: 0,
    interrupt_superseded: false,
    ready_kernels: 0,
  },
  cells: [],
  app: null,
  packages: [],
  files: [],
};

describe("two settings changed in a row", () => {
  test("are both kept, though the first has not come back yet", () => {
    const first = { ...CHART, spec: { ...CHART.spec, x: "store" } };
    const second = { ...CHART, spec: { ...CHART.spec, y: "amount" } };
    expect(rebased(first, CHART, second)).toEqual({
      ...CHART,
      spec: { mark: "bar", x: "store", y: "amount" },
    });
  });

  test("a setting that was taken away stays away", () => {
    const base = { ...CHART, spec: { mark: "bar", color: "store" } };
    const latest = { ...base, label: "Sales" };
    expect(rebased(latest, base, { ...base, spec: { mark: "bar" } })).toEqual({ ...CHART, label: "Sales" });
  });

  test("an input of another kind is taken whole, the label beside it is kept", () => {
    const base = newInput("slider", EMPTY) as InputCell;
    const latest = { ...base, label: "Rows" };
    const next = { ...base, input: withKind(base.input, "text") };
    expect(rebased(latest, base, next)).toEqual({ ...base, label: "Rows", input: next.input });
  });
});

test("a new input and a copy of one have names that are free", () => {
  const first = newInput("slider", EMPTY);
  const document = { ...EMPTY, cells: [first] };
  const second = newInput("slider", document);
  const copy = copyOf(first, document);
  const names = [first, second, copy].map((cell) => (cell.type === "input" ? cell.input.name : ""));
  expect(names).toEqual(["slider_input", "slider_input_2", "slider_input_2"]);
  expect(copy.id).not.toBe(first.id);
});

test("a list names a cell by what tells it from the others", () => {
  expect(shortName({ type: "markdown", id: "m", label: "", source: "text\n## Results\n" }, 0)).toBe(
    "Results",
  );
  expect(shortName({ ...newCell("sql"), result: "by_store" } as never, 2)).toBe("by_store");
  expect(shortName(newCell("python"), 2)).toBe("Python cell 3");
});

test.each([
  [0.004, "0.00 s"],
  [0.412, "0.41 s"],
  [4.04, "4.0 s"],
  [12.6, "13 s"],
  [126, "2 min 06 s"],
])("%d seconds are %s", (value, words) => {
  expect(seconds(value)).toBe(words);
});
