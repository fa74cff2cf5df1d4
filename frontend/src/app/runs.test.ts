import { expect, test } from "vitest";

import { goesOnStill, pastText } from "./runs";

const run = {
  status: "COMPLETED",
  trigger: "API",
  version: 3,
  by: "Bo",
  inputs: "Rows: 5",
  message: "",
} as const;

test("a past run is told in a sentence or two", () => {
  expect(pastText(run)).toBe("Version 3, run over the API by Bo, with Rows: 5.");
  expect(pastText({ ...run, trigger: "SCHEDULED", by: "", inputs: "", status: "ERRORED" })).toBe(
    "Version 3, run on schedule, with the defaults. Some parts failed.",
  );
  expect(pastText({ ...run, status: "KILLED", message: "The run was cancelled." })).toMatch(/cancelled\.$/);
  expect(pastText({ ...run, status: "KILLED" })).toMatch(/It was cut off\.$/);
  expect([goesOnStill(run), goesOnStill({ status: "PENDING" })]).toEqual([false, true]);
});
