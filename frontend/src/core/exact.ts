// JSON whose written options keep every digit: JavaScript's numbers would change whole ones past 2^53. Pure.
//
// In the options and the default of a dropdown or multi-select such a number becomes `{"$int": "9007199254740993"}`, the
// tag under which values travel anyway (`values`); everywhere else it is the nearest number, as JSON.parse has it.

import { isRecord } from "./values";

const LONG = /\d{16}/;

/** A text, which is passed over, or a number. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** What a JSON text says. */
export function parseExactly(text: string): unknown {
  if (!LONG.test(text) || !text.includes('"options_from"')) return JSON.parse(text);
  const marked = text.replace(TOKEN, (token) =>
    /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `{"$written":"${token}"}` : token,
  );
  const value: unknown = JSON.parse(marked);
  return marked === text ? value : settled(value, false);
}

/** `choice`: inside a dropdown or multi-select. */
function settled(value: unknown, choice: boolean): unknown {
  if (Array.isArray(value)) return value.map((one) => settled(one, choice));
  if (!isRecord(value)) return value;
  const { $written: digits } = value;
  if (typeof digits === "string") return choice ? { $int: digits } : Number(digits);
  const inside = choice || "options_from" in value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, settled(one, inside)]));
}

/** The JSON of something whose tagged whole numbers are to be plain ones: an edit of a document. Inside of a text the
 *  tag's quotes are escaped, so that only values are found. */
export function writePlainly(value: unknown): string {
  return JSON.stringify(value).replaceAll(/\{"\$int":"(-?\d+)"\}/g, "$1");
}
