import { expect, test } from "vitest";

import { display, groupDigits, sameValue, toNumber } from "./values";

test("42 and 42.0 are the same option, the text is another", () => {
  expect(sameValue(42, { $float: "42.0" })).toBe(true);
  expect(sameValue(42, "42")).toBe(false);
  expect(sameValue(true, 1)).toBe(false);
  expect(sameValue(null, "")).toBe(false);
});

test("whole numbers past 2^53 stay themselves", () => {
  expect(sameValue({ $int: "9007199254740993" }, { $int: "9007199254740993" })).toBe(true);
  expect(sameValue({ $int: "9007199254740993" }, { $int: "9007199254740992" })).toBe(false);
  expect(sameValue({ $int: "9007199254740993" }, 9007199254740992)).toBe(false);
  expect(display({ $int: "9007199254740993" })).toBe("9\u202F007\u202F199\u202F254\u202F740\u202F993");
});

test("numbers that JSON has no word for", () => {
  expect(toNumber({ $float: "-inf" })).toBe(Number.NEGATIVE_INFINITY);
  expect(sameValue({ $float: "nan" }, { $float: "nan" })).toBe(true);
});

test("lists and records compare by content", () => {
  expect(sameValue([1, "a"], [{ $float: "1.0" }, "a"])).toBe(true);
  expect(sameValue([1], [1, 2])).toBe(false);
  expect(sameValue({ $date: "2026-11-25" }, { $date: "2026-11-25" })).toBe(true);
  expect(sameValue({ a: undefined }, { b: undefined })).toBe(false);
});

test("thousands have a narrow space, minus is a minus", () => {
  expect(groupDigits("-1234567.891")).toBe("−1\u202F234\u202F567.891");
  expect(groupDigits("123")).toBe("123");
  expect(groupDigits("2026-11-25")).toBe("2026-11-25");
});
