// The default of a date input as a form has it: today, so many days ago, a fixed day, or nothing. Pure.
//
// A default is written in the project file's form: "2026-11-25", "2026-11-25 13:45:00 Europe/Berlin", "7 days ago",
// null. "Today" is "0 days ago".

import type { DateInput } from "../../wire";

export type Unit = "hour" | "day" | "week" | "month" | "year";

export type Start =
  | { readonly kind: "none" }
  | { readonly kind: "relative"; readonly amount: number; readonly unit: Unit; readonly future: boolean }
  /** `day` as 2026-11-25, `clock` as 13:45:00. */
  | { readonly kind: "fixed"; readonly day: string; readonly clock: string }
  /** What this form cannot read; it stays until something else is chosen. */
  | { readonly kind: "other"; readonly text: string };

const RELATIVE = /^(\d{1,9}) (hour|day|week|month|year)s? (ago|from now)(?: \S+)?$/;
const FIXED = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?(?: \S+)?$/;
const WORDS: Readonly<Record<string, Start>> = {
  today: { kind: "relative", amount: 0, unit: "day", future: false },
  now: { kind: "relative", amount: 0, unit: "hour", future: false },
  yesterday: { kind: "relative", amount: 1, unit: "day", future: false },
  tomorrow: { kind: "relative", amount: 1, unit: "day", future: true },
};

export function readStart(value: unknown): Start {
  if (typeof value !== "string") return { kind: "none" };
  const words = WORDS[value];
  if (words) return words;
  const relative = RELATIVE.exec(value);
  if (relative) {
    const [, amount, unit, direction] = relative;
    return { kind: "relative", amount: Number(amount), unit: unit as Unit, future: direction === "from now" };
  }
  const fixed = FIXED.exec(value);
  if (fixed) return { kind: "fixed", day: fixed[1] ?? "", clock: withSeconds(fixed[2] ?? "00:00:00") };
  return { kind: "other", text: value };
}

/** A missing zone is the input's own, so none is written. */
export function writeStart(start: Start, time: boolean): string | null {
  switch (start.kind) {
    case "none":
      return null;
    case "relative": {
      const unit = start.unit === "hour" && !time ? "day" : start.unit;
      return `${start.amount} ${unit}${start.amount === 1 ? "" : "s"} ${start.future ? "from now" : "ago"}`;
    }
    case "fixed":
      return time ? `${start.day} ${withSeconds(start.clock)}` : start.day;
    case "other":
      return start.text;
  }
}

/** The defaults of an input, one by one: of a range two. */
export function startsOf(input: DateInput): readonly Start[] {
  const value: unknown = input.default;
  if (!input.range) return [readStart(Array.isArray(value) ? value[0] : value)];
  const ends: readonly unknown[] = Array.isArray(value) ? value : [null, null];
  return [readStart(ends[0]), readStart(ends[1])];
}

export function withStarts(input: DateInput, starts: readonly Start[]): DateInput {
  const written = starts.map((start) => writeStart(start, input.time));
  if (!input.range) return { ...input, default: written[0] ?? null };
  const both = [written[0] ?? null, written[1] ?? written[0] ?? null];
  return { ...input, default: both[0] === null && both[1] === null ? null : both };
}

/** Another setting of the input; its defaults are written anew, so that they fit. */
export function withDateSetting(
  input: DateInput,
  change: Partial<Pick<DateInput, "time" | "relative" | "range">>,
): DateInput {
  const next = { ...input, ...change };
  const fitting = startsOf(input).map((start): Start => {
    // Words that are no longer allowed: nothing written means today.
    if (start.kind === "relative" && !next.relative) return { kind: "none" };
    return start;
  });
  return withStarts(next, fitting);
}

function withSeconds(clock: string): string {
  return clock.length === 5 ? `${clock}:00` : clock;
}
