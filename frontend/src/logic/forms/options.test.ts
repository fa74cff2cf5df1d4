import { expect, test } from "vitest";

import type { DropdownInput, MultiselectInput } from "../../wire";
import { moved, readAs, retyped, withLines, withOption, withOptions } from "./options";

const DROPDOWN: DropdownInput = {
  kind: "dropdown",
  name: "species",
  default: "Gentoo",
  settable: false,
  in_links: true,
  options: ["Adelie", "Gentoo", 42],
  options_from: "",
  optional: false,
};

const MANY: MultiselectInput = { ...DROPDOWN, kind: "multiselect", default: ["Gentoo", 42] };

test("a row is read as its type, never as another", () => {
  expect(readAs("text", "42")).toEqual({ option: "42" });
  expect(readAs("number", "42")).toEqual({ option: 42 });
  expect(readAs("boolean", "yes")).toEqual({ option: true });
  expect(readAs("empty", "anything")).toEqual({ option: null });
  expect(readAs("number", "many")).toHaveProperty("wrong");
  expect(readAs("number", "9007199254740993")).toEqual({ option: { $int: "9007199254740993" } });
  expect(readAs("number", "1e300")).toHaveProperty("wrong");
});

test("another type keeps what can be read so", () => {
  expect(retyped("42", "number")).toBe(42);
  expect(retyped(42, "text")).toBe("42");
  expect(retyped("many", "number")).toBe(0);
  expect(retyped("x", "empty")).toBeNull();
});

test("pasted lines become options, none twice", () => {
  expect(withLines(["A"], 'B\n\nA\n42\n"42"')).toEqual(["A", "B", 42, "42"]);
});

test("an option cannot be there twice, but text and number of the same figures can", () => {
  expect(withOption(["A", "B"], 1, "A")).toHaveProperty("wrong");
  expect(withOption(["42", "B"], 1, 42)).toEqual(["42", 42]);
});

test("options move", () => {
  expect(moved(["A", "B", "C"], 2, 0)).toEqual(["C", "A", "B"]);
});

test("a default that is gone gives way to the first option, or to nothing", () => {
  expect(withOptions(DROPDOWN, ["Adelie", 42]).default).toBe("Adelie");
  expect(withOptions({ ...DROPDOWN, optional: true }, ["Adelie", 42]).default).toBeNull();
  expect(withOptions(MANY, ["Adelie", 42]).default).toEqual([42]);
});

test("a default that was rewritten stays the default", () => {
  expect(withOptions(DROPDOWN, ["Adelie", "Papua", 42]).default).toBe("Papua");
  expect(withOptions(MANY, ["Adelie", "Papua", 42]).default).toEqual(["Papua", 42]);
});

test("options in another order leave the default alone", () => {
  expect(withOptions(DROPDOWN, [42, "Gentoo", "Adelie"]).default).toBe("Gentoo");
});

test("a whole number past 2^53 is one option, keeps every digit and stays the default", () => {
  const big = { $int: "9007199254740993" };
  expect(withLines([big as never], "9007199254740993\n9007199254740992")).toEqual([
    big,
    { $int: "9007199254740992" },
  ]);
  expect(retyped(retyped("9007199254740993", "number"), "text")).toBe("9007199254740993");
  const input = { ...DROPDOWN, options: [big as never, 1], default: { ...big } as never };
  expect(withOptions(input, [1, big]).default).toEqual(big);
});
