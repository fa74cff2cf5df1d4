import { expect, test } from "vitest";

import {
  decimalsOf,
  hint,
  indexOfOption,
  numberShown,
  readNumber,
  readNumberOf,
  sliderText,
  valueText,
} from "./inputs";
import type { NumberInput, SliderInput } from "../wire";

const common = { name: "n", default: null, settable: false, in_links: true } as const;
const slider: SliderInput = { kind: "slider", ...common, min: 0, max: 2, step: 0.25 };
const number: NumberInput = {
  kind: "number",
  ...common,
  min: 1,
  max: 2000,
  step: 1,
  format: "plain",
  optional: false,
};

test("a slider shows as many digits as its step has, and a value between the steps as it is", () => {
  expect(decimalsOf(0.25)).toBe(2);
  expect(decimalsOf(1e-7)).toBe(7);
  expect(sliderText(slider, 1)).toBe("1.00");
  expect(sliderText(slider, 0.333)).toBe("0.333");
  expect(sliderText({ ...slider, step: 1 }, 98214)).toBe("98\u202F214");
});

test("a format says how a number reads and hides nothing of it", () => {
  const percent: NumberInput = { ...number, format: "percent" };
  const currency: NumberInput = { ...number, format: "currency" };
  expect(numberShown(percent, 0.125)).toBe("12.5\u202F%");
  expect(numberShown(percent, 0.07)).toBe("7\u202F%");
  expect(numberShown(currency, 1200)).toBe("1\u202F200.00");
  expect(numberShown(currency, 0.125)).toBe("0.125");
  expect(numberShown(number, 1200)).toBe("1200");
  expect(numberShown(currency, null)).toBe("");
  expect(numberShown(currency, { $int: "9007199254740993" })).toBe("9007199254740993");
  expect(readNumberOf(percent, "12.5 %")).toBe(0.125);
  expect(readNumberOf(percent, "7\u202F%")).toBe(0.07);
  expect(readNumberOf(percent, "0.07")).toBe(0.07);
  expect(readNumberOf(percent, "%")).toBeUndefined();
  expect(readNumberOf(number, "7%")).toBeUndefined();
  expect(valueText(percent, 0.5)).toBe("50\u202F%");
});

test("what people write as a number is read; anything else is no number", () => {
  expect(readNumber(" 1 200 ")).toBe(1200);
  expect(readNumber("−0,5")).toBe(-0.5);
  expect(readNumber("1e3")).toBe(1000);
  expect(readNumber("")).toBeNull();
  expect(readNumber("1.2.3")).toBeUndefined();
  expect(readNumber("ten")).toBeUndefined();
  expect(readNumber("9007199254740993")).toEqual({ $int: "9007199254740993" });
});

test("hints are early and gentle", () => {
  expect(hint(number, 0)).toBe("At least 1.");
  expect(hint(number, 5000)).toBe("At most 2\u202F000.");
  expect(hint(number, null)).toBe("This needs a number.");
  expect(hint({ ...number, optional: true }, null)).toBe("");
  expect(hint(slider, { $float: "2.5" })).toBe("Between 0 and 2.");
});

test("an option is found by value, whichever form it travels in", () => {
  expect(indexOfOption(["42", 42], { $float: "42.0" })).toBe(1);
  expect(indexOfOption([1], null)).toBe(-1);
});

test("values in a few words", () => {
  expect(valueText({ kind: "checkbox", ...common, style: "box" }, true)).toBe("on");
  const multiselect = {
    kind: "multiselect",
    ...common,
    options: [],
    options_from: "",
    optional: true,
  } as const;
  expect(valueText(multiselect, ["a", 2])).toBe("a, 2");
  const date = {
    kind: "date",
    ...common,
    time: false,
    timezone: "",
    relative: true,
    range: true,
    optional: false,
  } as const;
  expect(valueText(date, ["7 days ago", "today"])).toBe("7 days ago – today");
  expect(valueText(date, ["2026-07-27", "2026-10-18"])).toBe("27 Jul – 18 Oct 2026");
  expect(valueText(date, ["2025-12-29", "2026-01-04"])).toBe("29 Dec 2025 – 4 Jan 2026");
  const time = { ...date, time: true, range: false } as const;
  expect(valueText(time, "2026-11-25 09:30:00 Europe/Berlin")).toBe("25 Nov 2026 09:30");
});
