import { expect, test } from "vitest";

import { durationOf, filtersOf, goesOn, inputsText, searchOf } from "./runs";

test("filters stand in the address, and what is none counts as none", () => {
  expect(filtersOf("?trigger=API&status=ERRORED")).toEqual({ trigger: "API", status: "ERRORED" });
  expect(filtersOf("?trigger=api&status=x")).toEqual({ trigger: "ALL", status: "ALL" });
  expect(searchOf({ trigger: "API", status: "ALL" })).toBe("?trigger=API");
  expect(searchOf({ trigger: "ALL", status: "ALL" })).toBe("");
});

test("a run's duration goes on while it runs", () => {
  const startTime = "2026-11-25T10:00:00.000Z";
  const at = Date.parse(startTime) + 1_500;
  expect(durationOf({ startTime, endTime: null, elapsedTime: null }, at)).toBe(1_500);
  expect(durationOf({ startTime, endTime: startTime, elapsedTime: 12 }, at)).toBe(12);
  expect(durationOf({ startTime: null, endTime: null, elapsedTime: null }, at)).toBeNull();
  expect(durationOf({ startTime: null, endTime: startTime, elapsedTime: null }, at)).toBeNull();
  expect(goesOn({ status: "PENDING" })).toBe(true);
});

test("inputs are told by their labels", () => {
  const labels = new Map([["n", "Rows"]]);
  expect(inputsText({ n: 5, pick: ["a", "b"], gone: null }, labels)).toBe("Rows: 5, pick: a, b, gone: empty");
  expect(inputsText({ file: { name: "a.csv", hash: "x" }, on: true, rows: { columns: [] } }, labels)).toBe(
    "file: a.csv, on: on, rows: edited",
  );
  expect(inputsText({}, labels)).toBe("");
});
