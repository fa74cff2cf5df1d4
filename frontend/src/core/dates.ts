// Relative dates as a control shows them: the words, and the day that they mean.
//
// The server resolves them, once per full run; the day here is what it would find now, to be read beside the words. Pure:
// the instant comes in.

export interface RelativeDate {
  readonly amount: number;
  readonly unit: "hour" | "day" | "week" | "month" | "year";
  readonly future: boolean;
  readonly zone: string;
}

/** "7 days ago Europe/Berlin" in its parts, or null where the text is something else. */
export function parseRelative(text: string): RelativeDate | null {
  const match = /^(\d{1,9}) (hour|day|week|month|year)s? (ago|from now)(?: (\S+))?$/.exec(text);
  if (!match) return null;
  const [, amount, unit, direction, zone = ""] = match;
  return {
    amount: Number(amount),
    unit: unit as RelativeDate["unit"],
    future: direction === "from now",
    zone,
  };
}

/** What stands in the short list beside a date. */
export const QUICK: readonly { readonly words: string; readonly label: string; readonly hours?: true }[] = [
  { words: "1 hour ago", label: "1 hour ago", hours: true },
  { words: "0 days ago", label: "Today" },
  { words: "1 day ago", label: "Yesterday" },
  { words: "7 days ago", label: "7 days ago" },
  { words: "30 days ago", label: "30 days ago" },
  { words: "3 months ago", label: "3 months ago" },
  { words: "1 year ago", label: "1 year ago" },
];

const SAID: Readonly<Record<string, string>> = {
  now: "0 days ago",
  today: "0 days ago",
  yesterday: "1 day ago",
  tomorrow: "1 day from now",
};

/** What a person wrote, as the product writes it; null where it is neither words nor a day. */
export function wordsOf(typed: string): string | null {
  const text = typed.trim().replace(/\s+/g, " ");
  const said = SAID[text.toLowerCase()];
  if (said) return said;
  const [words, zone] = /^(.*(?:ago|from now))(?: (\S+))?$/i.exec(text)?.slice(1) ?? [];
  const whole = words ? [words.toLowerCase(), zone].filter(Boolean).join(" ") : text;
  return parseRelative(whole) || /^\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d( \S+)?)?$/.test(whole) ? whole : null;
}

/** The words for the field: without the zone where that is the input's own. */
export function wordsShown(text: string, own: string): string {
  const relative = parseRelative(text);
  if (!relative) return text;
  if (relative.amount === 0 && (relative.zone === own || !relative.zone)) return "today";
  return relative.zone && relative.zone === own ? text.slice(0, -relative.zone.length - 1) : text;
}

/** The zone that a time or words name; "" = none. */
export function zoneOf(text: string): string {
  return parseRelative(text)?.zone ?? /^\d{4}-\d\d-\d\d[ T][\d:.]+ (\S+)$/.exec(text)?.[1] ?? "";
}

/** The day (or the time, with its zone) that words mean at this instant. A day stays as it is. */
export function resolvedText(text: string, own: string, time: boolean, at: Date): string {
  const relative = parseRelative(text);
  if (!relative) return text;
  const zone = relative.zone || own || "UTC";
  const sign = relative.future ? 1 : -1;
  const hours = relative.unit === "hour" ? sign * relative.amount : 0;
  const clock = clockIn(zone, new Date(at.getTime() + hours * 3_600_000));
  const there = shifted(clock, hours === 0 && relative.unit !== "hour" ? relative : null, sign);
  if (Number.isNaN(there.getTime())) return "";
  const iso = there.toISOString();
  if (!time) return iso.slice(0, 10);
  return [`${iso.slice(0, 10)} ${iso.slice(11, 19)}`, own && zone].filter(Boolean).join(" ");
}

/** The wall clock in a zone, as if it were UTC: calendar arithmetic on it knows no daylight saving. */
function clockIn(zone: string, at: Date): Date {
  try {
    const parts = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    }).formatToParts(at);
    const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
    return new Date(Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")));
  } catch {
    // A zone that this browser does not know.
    return at;
  }
}

function shifted(clock: Date, by: RelativeDate | null, sign: number): Date {
  if (!by) return clock;
  const amount = sign * by.amount;
  if (by.unit === "day" || by.unit === "week") {
    return new Date(clock.getTime() + amount * (by.unit === "week" ? 7 : 1) * 86_400_000);
  }
  const months = clock.getUTCFullYear() * 12 + clock.getUTCMonth() + amount * (by.unit === "year" ? 12 : 1);
  const [year, month] = [Math.floor(months / 12), ((months % 12) + 12) % 12];
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const day = Math.min(clock.getUTCDate(), last);
  return new Date(
    Date.UTC(year, month, day, clock.getUTCHours(), clock.getUTCMinutes(), clock.getUTCSeconds()),
  );
}
