// Options and defaults as people write them in a form: one a line, numbers as numbers, everything else as text.

import { isTagged, sameValue, type Tagged } from "../../core/values";

export type Scalar = string | number | boolean | null | Tagged;

/** One line as a value: 42, true and null as what they are, "42" in quotes as text. */
export function readScalar(line: string): Scalar {
  const text = line.trim();
  if (/^".*"$/.test(text)) {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "string") return value;
    } catch {
      return text;
    }
  }
  if (text === "true") return true;
  if (text === "false") return false;
  if (text === "null") return null;
  // Whole numbers keep every digit; another number that JavaScript would change stays text rather than becoming another.
  if (/^-?\d{16,}$/.test(text) && !Number.isSafeInteger(Number(text)))
    return String(BigInt(text)) === text ? { $int: text } : text;
  if (/^-?\d+(\.\d+)?$/.test(text) && String(Number(text)) === text) return Number(text);
  return text;
}

/** A value as a line that reads back as the same value. */
export function writeScalar(value: unknown): string {
  if (isTagged(value) && "$int" in value) return value.$int;
  if (typeof value !== "string") return JSON.stringify(value) ?? "";
  const same = readScalar(value);
  return same === value ? value : JSON.stringify(value);
}

export function readOptions(text: string): Scalar[] {
  const options = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(readScalar);
  return options.filter((option, at) => options.findIndex((other) => sameValue(other, option)) === at);
}

export function writeOptions(options: readonly unknown[]): string {
  return options.map(writeScalar).join("\n");
}
