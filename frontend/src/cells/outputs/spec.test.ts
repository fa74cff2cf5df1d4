import { expect, test } from "vitest";

import { prepare } from "./spec";

const rows = (ends: readonly number[]): readonly unknown[] =>
  ends.flatMap((end, i) => [
    { x: "2026-01-01", y: 1, color: `c${i}` },
    { x: "2026-02-01", y: end, color: `c${i}` },
  ]);
const line = (ends: readonly number[]): Record<string, unknown> => ({
  $schema: "https://vega.github.io/schema/vega-lite/v6.json",
  title: { text: "Sales", subtitle: "per month" },
  data: { values: rows(ends) },
  mark: { type: "line", tooltip: true },
  encoding: {
    x: { field: "x", type: "temporal", title: "month" },
    y: { field: "y", type: "quantitative", title: "revenue" },
    color: { field: "color", type: "nominal", title: "country" },
  },
});

test("the title becomes a heading, the picture gets words and the page's width", () => {
  const { spec, title, subtitle, description } = prepare(line([5]));
  expect([title, subtitle]).toEqual(["Sales", "per month"]);
  expect(description).toBe("Sales. Line chart of revenue by month for each country.");
  expect(spec).toMatchObject({ width: "container", description });
  expect(spec).not.toHaveProperty("title");
});

test("lines whose ends stand apart are named there, in place of a legend", () => {
  const { spec } = prepare(line([10, 20]));
  expect(spec["layer"]).toHaveLength(3);
  expect(JSON.stringify(spec["layer"])).toContain('"legend":null');
});

test("ends that would be printed over each other, and a single line, keep the legend", () => {
  expect(prepare(line([10, 10.1])).spec).not.toHaveProperty("layer");
  expect(prepare(line([10])).spec).not.toHaveProperty("layer");
});

test("a legend of names has no heading; the author's own legend stays", () => {
  const color = { field: "c", type: "nominal", title: "Country" };
  expect(JSON.stringify(prepare({ mark: "bar", encoding: { color } }).spec)).toContain(
    '"legend":{"title":null}',
  );
  const own = { mark: "bar", encoding: { color: { ...color, legend: { orient: "right" } } } };
  expect(prepare(own).spec["encoding"]).toEqual(own.encoding);
});

test("a chart fills the height that the layout gives its part, less its heading", () => {
  const { spec } = prepare({ mark: "bar" }, { whole: 320, label: "Sales" });
  expect(spec).toMatchObject({ height: 292, autosize: { type: "fit" } });
  expect(prepare({ mark: "bar", height: 90 }, { whole: 320, label: "" }).spec).toMatchObject({ height: 90 });
});

test("what is composed of several charts keeps its own widths", () => {
  const { spec } = prepare({ hconcat: [{ mark: "bar" }] });
  expect(spec).not.toHaveProperty("width");
  expect(prepare({ mark: "bar", encoding: { column: { field: "a" } } }).spec).not.toHaveProperty("width");
});

test("a width and a description that the author gave stay", () => {
  const given = { mark: "bar", width: 200, description: "Mine.", data: { values: [] } };
  expect(prepare(given).spec).toMatchObject({ width: 200, description: "Mine." });
});
