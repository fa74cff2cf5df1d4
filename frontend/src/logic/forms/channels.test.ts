import { expect, test } from "vitest";

import { channelOf, withChannel } from "./channels";

test("a channel with nothing but a column is written short", () => {
  expect(withChannel({ mark: "bar" }, "x", { field: "store" })).toEqual({ mark: "bar", x: "store" });
  expect(channelOf({ x: "store" }, "x").field).toBe("store");
});

test("an aggregation makes it long, taking it back makes it short again", () => {
  const long = withChannel({ y: "revenue" }, "y", { aggregate: "sum" });
  expect(long).toEqual({ y: { field: "revenue", aggregate: "sum" } });
  expect(withChannel(long, "y", { aggregate: "" })).toEqual({ y: "revenue" });
});

test("what the form does not know is kept", () => {
  const spec = { x: { field: "day", sort: "descending" } };
  expect(withChannel(spec, "x", { timeUnit: "yearmonth" })).toEqual({
    x: { field: "day", sort: "descending", timeUnit: "yearmonth" },
  });
});

test("a channel without anything is left out", () => {
  expect(withChannel({ mark: "bar", color: "store" }, "color", { field: "" })).toEqual({ mark: "bar" });
});
