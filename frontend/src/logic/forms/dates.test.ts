import { expect, test } from "vitest";

import type { DateInput } from "../../wire";
import { readStart, startsOf, withDateSetting, withStarts, writeStart } from "./dates";

const DATE: DateInput = {
  kind: "date",
  name: "since",
  default: "7 days ago",
  settable: false,
  in_links: true,
  time: false,
  timezone: "",
  relative: true,
  range: false,
  optional: false,
};

test("a default reads and writes back", () => {
  for (const text of ["7 days ago", "1 month from now", "2026-11-25"]) {
    expect(writeStart(readStart(text), false)).toBe(text);
  }
  expect(writeStart(readStart("2026-11-25 13:45:00"), true)).toBe("2026-11-25 13:45:00");
  expect(writeStart(readStart(null), false)).toBeNull();
});

test("words of every day are written as the server reads them", () => {
  expect(writeStart(readStart("today"), false)).toBe("0 days ago");
  expect(writeStart(readStart("yesterday"), false)).toBe("1 day ago");
  expect(writeStart(readStart("tomorrow"), false)).toBe("1 day from now");
});

test("what cannot be read stays as it is", () => {
  expect(writeStart(readStart("next spring"), false)).toBe("next spring");
});

test("with time the fixed day gets a clock, without it loses it; hours become days", () => {
  expect(withDateSetting({ ...DATE, default: "2026-11-25" }, { time: true }).default).toBe(
    "2026-11-25 00:00:00",
  );
  const timed = { ...DATE, time: true };
  expect(withDateSetting({ ...timed, default: "2026-11-25 13:45:00" }, { time: false }).default).toBe(
    "2026-11-25",
  );
  expect(withDateSetting({ ...timed, default: "3 hours ago" }, { time: false }).default).toBe("3 days ago");
});

test("a range takes the default for both ends, and one of them back", () => {
  const range = withDateSetting(DATE, { range: true });
  expect(range.default).toEqual(["7 days ago", "7 days ago"]);
  expect(withDateSetting(range, { range: false }).default).toBe("7 days ago");
  expect(startsOf(withStarts(range, [readStart("2 weeks ago"), readStart("0 days ago")]))).toHaveLength(2);
});

test("without relative dates words give way to nothing", () => {
  expect(withDateSetting(DATE, { relative: false }).default).toBeNull();
});
