// The options of a dropdown or multi-select as a list of rows, each with its type. Pure.
//
// A change of the options keeps the default among them: one that is gone gives way as the server would let it.

import { isTagged, sameValue } from "../../core/values";
import type { DropdownInput, MultiselectInput } from "../../wire";
import { readScalar, writeScalar, type Scalar } from "./scalars";

export type OptionType = "text" | "number" | "boolean" | "empty";

export const OPTION_TYPES: readonly { readonly id: OptionType; readonly name: string }[] = [
  { id: "text", name: "Text" },
  { id: "number", name: "Number" },
  { id: "boolean", name: "True or false" },
  { id: "empty", name: "Empty" },
];

export type Choice = DropdownInput | MultiselectInput;

export function typeOf(option: Scalar): OptionType {
  if (option === null) return "empty";
  if (typeof option === "number" || isTagged(option)) return "number";
  return typeof option === "boolean" ? "boolean" : "text";
}

/** What stands in the row's field. */
export function textOf(option: Scalar): string {
  return option === null ? "" : isTagged(option) ? writeScalar(option) : String(option);
}

/** What was written in a row of this type, or the sentence why it is none. */
export function readAs(
  type: OptionType,
  text: string,
): { readonly option: Scalar } | { readonly wrong: string } {
  switch (type) {
    case "text":
      return { option: text };
    case "empty":
      return { option: null };
    case "boolean": {
      const word = text.trim().toLowerCase();
      if (["true", "yes", "1"].includes(word)) return { option: true };
      if (["false", "no", "0"].includes(word)) return { option: false };
      return { wrong: "Write true or false." };
    }
    case "number": {
      const plain = text.trim().replace(",", ".");
      const number = Number(plain);
      if (plain === "" || !Number.isFinite(number)) return { wrong: "Write a number, such as 10 or 0.5." };
      if (Number.isInteger(number) && !Number.isSafeInteger(number))
        return /^-?\d+$/.test(plain)
          ? { option: { $int: String(BigInt(plain)) } }
          : { wrong: "Write every digit of so large a number." };
      return { option: number };
    }
  }
}

/** A row with another type: what can be read so stays, the rest is the plainest of that type. */
export function retyped(option: Scalar, type: OptionType): Scalar {
  const read = readAs(type, textOf(option));
  if ("option" in read) return read.option;
  return type === "number" ? 0 : false;
}

/** Options with these new ones, each line one; none twice. */
export function withLines(options: readonly Scalar[], text: string): readonly Scalar[] {
  const lines = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map(readScalar);
  return unique([...options, ...lines]);
}

/** The options with one of them changed, or the sentence why not. */
export function withOption(
  options: readonly Scalar[],
  at: number,
  option: Scalar,
): readonly Scalar[] | { readonly wrong: string } {
  if (options.some((other, place) => place !== at && sameValue(other, option)))
    return { wrong: "This option is there already." };
  return options.map((other, place) => (place === at ? option : other));
}

export function moved<T>(all: readonly T[], from: number, to: number): readonly T[] {
  const rest = all.filter((_, place) => place !== from);
  const one = all[from];
  return one === undefined ? all : [...rest.slice(0, to), one, ...rest.slice(to)];
}

/** The input with these options. An option that was rewritten in place stays chosen under its new value. */
export function withOptions(input: Choice, scalars: readonly Scalar[]): Choice {
  const options = scalars as Choice["options"]; // tagged ones are written out when they are sent (`core/exact`)
  const at = (value: unknown): Scalar | undefined => {
    const same = options.find((option) => sameValue(option, value));
    if (same !== undefined) return same;
    const before = input.options.findIndex((option) => sameValue(option, value));
    if (before < 0 || options.length !== input.options.length) return undefined;
    const now = options[before];
    return now !== undefined && !input.options.some((option) => sameValue(option, now)) ? now : undefined;
  };
  if (input.kind === "multiselect") {
    const chosen: readonly unknown[] = Array.isArray(input.default) ? input.default : [];
    const kept = chosen.map(at).filter((one) => one !== undefined);
    return {
      ...input,
      options,
      default: options.filter((option) => kept.some((one) => sameValue(one, option))),
    };
  }
  const kept = input.default === null ? null : at(input.default);
  return {
    ...input,
    options,
    default: (kept === undefined
      ? input.optional
        ? null
        : (options[0] ?? null)
      : kept) as DropdownInput["default"],
  };
}

function unique(options: readonly Scalar[]): readonly Scalar[] {
  return options.filter((option, at) => options.findIndex((other) => sameValue(other, option)) === at);
}
