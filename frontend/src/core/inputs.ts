// Inputs as a control shows them: words for values, and early hints.
//
// The server is the authority on what a value may be. A hint here only saves a round trip: it never lets through what
// the server refuses and never changes a value. Everything here is pure.

import type { DropdownInput, Input, MultiselectInput, NumberInput, SliderInput } from "../wire";
import { wordsShown } from "./dates";
import { display, groupDigits, isRecord, isTagged, sameValue, toNumber } from "./values";

/** What a control offers to choose from; the last ones read where they are dynamic. */
export function optionsOf(
  input: DropdownInput | MultiselectInput,
  dynamic: readonly unknown[] | null,
): readonly unknown[] {
  return dynamic ?? input.options;
}

/** An option as it stands in the list; the empty option needs a word. */
export function optionLabel(option: unknown): string {
  if (option === null || option === "") return "(empty)";
  if (typeof option === "number") return String(option);
  if (isTagged(option)) return "$int" in option ? option.$int : option.$float;
  return display(option);
}

/** Where a value stands among the options, or -1. */
export function indexOfOption(options: readonly unknown[], value: unknown): number {
  return options.findIndex((option) => sameValue(option, value));
}

/** How many digits after the point a step asks for: 0.25 → 2. */
export function decimalsOf(step: number | null | undefined): number {
  if (step === null || step === undefined) return 0;
  const [mantissa = "", exponent] = String(step).toLowerCase().split("e");
  const after = mantissa.split(".")[1]?.length ?? 0;
  return Math.max(0, after - Number(exponent ?? 0));
}

/** The value of a slider as the figure beside it. */
export function sliderText(input: SliderInput, value: unknown): string {
  const number = toNumber(value);
  if (number === null) return "";
  const places = Math.max(decimalsOf(input.step), decimalsOf(input.min));
  // A value set by a link may lie between steps; then it is shown as it is.
  const text = number.toFixed(places);
  return groupDigits(Number(text) === number ? text : String(number));
}

/** What a person typed into a number field: a number, null for nothing, undefined where it is no number. */
export function readNumber(text: string): number | { readonly $int: string } | null | undefined {
  const plain = text.replace(/[\s\u202F\u00A0_']/g, "").replace("−", "-");
  if (plain === "") return null;
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain.replace(",", "."))) return undefined;
  if (/^[-+]?\d+$/.test(plain) && !Number.isSafeInteger(Number(plain)))
    return { $int: String(BigInt(plain.replace(/^\+/, ""))) };
  return Number(plain.replace(",", "."));
}

/** A number as it stands in the field, ready to be edited. */
export function numberText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (isTagged(value)) return "$int" in value ? value.$int : value.$float;
  return String(value);
}

/** A number as it is read where nobody edits it: 0.125 as a percentage is "12.5 %", 1200 as an amount "1 200.00". */
export function numberShown(input: NumberInput, value: unknown): string {
  const number = toNumber(value);
  if (number === null || isTagged(value) || !Number.isFinite(number)) return numberText(value);
  switch (input.format) {
    case "plain":
      return numberText(value);
    case "percent":
      return `${groupDigits(String(Number((number * 100).toPrecision(15))))}\u202F%`;
    case "currency": {
      const cents = number.toFixed(2);
      // More than cents are shown as they are: nothing is hidden by a format.
      return groupDigits(Number(cents) === number ? cents : String(number));
    }
    default:
      return never(input.format);
  }
}

/** What a person typed into the field of this input; a percentage may be written as one. */
export function readNumberOf(input: NumberInput, text: string): ReturnType<typeof readNumber> {
  const share = input.format === "percent" ? /^(.*)%\s*$/s.exec(text)?.[1] : undefined;
  if (share === undefined) return readNumber(text);
  const number = readNumber(share);
  return typeof number === "number" ? Number((number / 100).toPrecision(15)) : undefined;
}

/** Why a value will probably be refused, or "" where nothing speaks against it. */
export function hint(input: Input, value: unknown): string {
  switch (input.kind) {
    case "number":
      return numberHint(input, value);
    case "slider": {
      const number = toNumber(value);
      if (number === null) return "";
      return number < input.min || number > input.max ? `Between ${input.min} and ${input.max}.` : "";
    }
    case "text":
    case "checkbox":
    case "button":
    case "dropdown":
    case "multiselect":
    case "date":
    case "file":
    case "table":
      return "";
    default:
      return never(input);
  }
}

function numberHint(input: NumberInput, value: unknown): string {
  if (value === undefined) return "Write a number, such as 1200 or 0.5.";
  if (value === null) return input.optional ? "" : "This needs a number.";
  const number = toNumber(value);
  if (number === null) return "Write a number, such as 1200 or 0.5.";
  if (input.min !== null && number < input.min) return `At least ${groupDigits(String(input.min))}.`;
  if (input.max !== null && number > input.max) return `At most ${groupDigits(String(input.max))}.`;
  return "";
}

/** A value of any input in a few words: for chips, for "Current inputs", for lists of changes. */
export function valueText(input: Input, value: unknown): string {
  switch (input.kind) {
    case "checkbox":
      return value === true ? "on" : "off";
    case "button":
      return "";
    case "slider":
      return sliderText(input, value);
    case "dropdown":
      return value === null || value === undefined ? "any" : optionLabel(value);
    case "multiselect":
      return Array.isArray(value) && value.length > 0 ? value.map(optionLabel).join(", ") : "none";
    case "date":
      return dateText(
        Array.isArray(value)
          ? (value as readonly unknown[]).map((one) => wordsShown(dateField(one), input.timezone))
          : wordsShown(dateField(value), input.timezone),
      );
    case "number":
      return input.format === "plain" ? display(value) : numberShown(input, value);
    case "text":
    case "file":
    case "table":
      return display(value);
    default:
      return never(input);
  }
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A date input's value: its words ("7 days ago") or its day, of a range both, with the year once where it is one. */
export function dateText(value: unknown): string {
  if (!Array.isArray(value)) return dayText(dateField(value));
  const [start = "", end = ""] = (value as readonly unknown[]).map((one) => dayText(dateField(one)));
  const year = / \d{4}$/.exec(end)?.[0];
  return `${year && start.endsWith(year) ? start.slice(0, -year.length) : start} – ${end}`;
}

/** "2026-07-27" → "27 Jul 2026", with the time where there is one; words stay words. */
function dayText(text: string): string {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d:\d\d))?/.exec(text);
  if (!match) return text;
  const [, year, month, day, clock] = match;
  const name = MONTHS[Number(month) - 1] ?? "";
  return [String(Number(day)), name, year, clock].filter(Boolean).join(" ");
}

/** The ISO text or the words of one date value, whichever form it travels in. */
export function dateField(value: unknown): string {
  if (typeof value === "string") return value;
  if (isRecord(value)) {
    for (const key of ["$date", "$datetime"]) {
      const text = value[key];
      if (typeof text === "string") return text;
    }
  }
  return "";
}

function never(value: never): never {
  throw new Error(`An input of an unknown kind: ${JSON.stringify(value)}`);
}
