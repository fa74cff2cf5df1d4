import { expect, test } from "vitest";

import type { VersionBody } from "../wire";
import { comparisonOf, fromHash, madeBy, runMark } from "./versions";

const VERSION: VersionBody = {
  number: 8,
  title: "Before the move",
  author: { email: "bo@example.org", name: "Bo" },
  createdAt: "2026-09-15T10:00:00Z",
  kind: "saved",
  published: false,
  hash: "8f2c41d0",
  runId: null,
  runStatus: null,
  personal: false,
};

test("a version says how it came about", () => {
  expect(madeBy(VERSION)).toBe("Saved by Bo");
  expect(madeBy({ ...VERSION, kind: "published", author: { email: "", name: "" } })).toBe("Somebody");
});

test("a run's end has words, also one that this page does not know", () => {
  expect(runMark(null)).toBeNull();
  expect(runMark("COMPLETED")?.tone).toBe("ok");
  expect(runMark("UNABLE_TO_ALLOCATE_KERNEL")?.tone).toBe("error");
});

test("an address names a version", () => {
  expect(fromHash("#11")).toBe(11);
  expect(fromHash("#draft")).toBeNull();
});

test("a comparison goes from the earlier to the later", () => {
  expect(comparisonOf(8, 7)).toEqual({ from: 7, to: 8 });
  expect(comparisonOf(8, 9)).toEqual({ from: 8, to: 9 });
  expect(comparisonOf(8, "draft")).toEqual({ from: 8, to: "draft" });
});
