// Values as the server sends them: JSON that JavaScript cannot spoil.
//
// Numbers that a JavaScript number would change travel tagged: `{"$int": "9007199254740993"}` for whole numbers past
// 2^53, `{"$float": "nan"}` for those that JSON lacks (also "inf", "-inf"); dates among options are `{"$date": …}` or
// `{"$datetime": …, "zone": …}`. A value that came in so goes back so; nothing here turns one into a number except to
// compare, sort or show it.

export type Tagged = { readonly $int: string } | { readonly $float: string };

/** Whether this is a number that travels as text. */
export function isTagged(value: unknown): value is Tagged {
  return typeof value === "object" && value !== null && ("$int" in value || "$float" in value);
}

function digits(value: Tagged): string {
  return String("$int" in value ? value.$int : value.$float);
}

/** The nearest JavaScript number, or null where the value is none. Only for drawing, sorting and hints. */
export function toNumber(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (!isTagged(value)) return null;
  const text = digits(value).toLowerCase();
  if (text === "nan") return Number.NaN;
  if (text === "inf" || text === "infinity") return Number.POSITIVE_INFINITY;
  if (text === "-inf" || text === "-infinity") return Number.NEGATIVE_INFINITY;
  return Number(text);
}

/** Whether two values are the same option or input value: 42 and 42.0 are, 42 and "42" are not. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  const [numberA, numberB] = [toNumber(a), toNumber(b)];
  if (numberA !== null && numberB !== null) {
    if (isWhole(a) && isWhole(b)) return BigInt(whole(a)) === BigInt(whole(b));
    return numberA === numberB || (Number.isNaN(numberA) && Number.isNaN(numberB));
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
  }
  if (isRecord(a) && isRecord(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length && keys.every((key) => key in b && sameValue(a[key], b[key]))
    );
  }
  return false;
}

function isWhole(value: unknown): boolean {
  return typeof value === "number"
    ? Number.isInteger(value)
    : isTagged(value) && /^-?\d+(\.0*)?$/.test(digits(value));
}

function whole(value: unknown): string {
  return isTagged(value) ? digits(value).replace(/\..*$/, "") : String(BigInt(Number(value)));
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as people read it: every digit, true and false as words, nothing as "". */
export function display(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "number") return groupDigits(String(value));
  if (isTagged(value)) return groupDigits(digits(value));
  if (Array.isArray(value)) return value.map(display).join(", ");
  if (isRecord(value)) {
    const words = value["$date"] ?? value["$datetime"];
    return typeof words === "string" ? words : JSON.stringify(value);
  }
  return String(value);
}

/** U+202F: a narrow space that no line breaks at. */
export const THIN = "\u202F";

/** Digits before the point in threes, from five digits on as well as four: 98214 → 98 214. */
export function groupDigits(text: string): string {
  const match = /^([-+−]?)(\d+)(\.\d+)?$/.exec(text);
  if (!match) return text.replace(/^-(?=\d)/, "−");
  const [, sign = "", before = "", after = ""] = match;
  return `${sign === "-" ? "−" : sign}${before.replace(/\B(?=(\d{3})+(?!\d))/g, THIN)}${after}`;
}
