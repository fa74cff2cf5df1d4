import { expect, test } from "vitest";

import { readOptions, readScalar, writeOptions, writeScalar } from "./scalars";

test("an option keeps its type when it is written and read again", () => {
  for (const value of ["Adelie", "42", "true", "", " spaced", 42, -1.5, true, false, null, '"quoted"']) {
    expect(readScalar(writeScalar(value))).toBe(value);
  }
});

test("a whole number too big for the browser keeps every digit; another stays the text that was written", () => {
  expect(readScalar("9007199254740993")).toEqual({ $int: "9007199254740993" });
  expect(writeScalar({ $int: "9007199254740993" })).toBe("9007199254740993");
  expect(writeScalar("9007199254740993")).toBe('"9007199254740993"');
  expect(readScalar("0.12345678901234567890")).toBe("0.12345678901234567890");
});

test("one option a line, none twice", () => {
  expect(readOptions("A\n\nB\n A \n42")).toEqual(["A", "B", 42]);
  expect(writeOptions(["A", "42", 42])).toBe('A\n"42"\n42');
});
