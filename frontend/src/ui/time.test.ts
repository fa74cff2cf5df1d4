import { expect, test } from "vitest";

import { ago } from "./time";

const NOW = Date.parse("2026-10-22T14:00:00Z");

test.each([
  ["2026-10-22T13:59:50Z", "just now"],
  ["2026-10-22T13:55:00Z", "5 min ago"],
  ["2026-10-22T11:30:00Z", "2 h ago"],
  ["2026-10-21T12:00:00Z", "yesterday"],
  ["2026-10-19T12:00:00Z", "3 d ago"],
  ["2026-10-04T12:00:00Z", "4 Oct"],
  ["2025-10-04T12:00:00Z", "4 Oct 2025"],
])("%s is %s", (iso, words) => {
  expect(ago(iso, NOW)).toBe(words);
});

test("no time is no words", () => {
  expect(ago(null, NOW)).toBe("");
  expect(ago("soon", NOW)).toBe("");
});
