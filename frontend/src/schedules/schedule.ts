// A schedule in the form, and its times as people read them. Pure: now comes in.

import type { Shape, Tone } from "../ui/State";
import { requestOf as toldOf } from "./notifications/notifications";
import type { NotificationRequest, ScheduleBody, ScheduledRun, ScheduleRequest } from "../wire";

export type Cadence = ScheduleBody["cadence"];
export type DayOfWeek = ScheduleBody["dayOfWeek"][number];

export const CADENCES: readonly { readonly id: Cadence; readonly name: string }[] = [
  { id: "HOURLY", name: "Hourly" },
  { id: "DAILY", name: "Daily" },
  { id: "WEEKLY", name: "Weekly" },
  { id: "MONTHLY", name: "Monthly" },
  { id: "CUSTOM", name: "Cron" },
];

export const DAYS: readonly { readonly id: DayOfWeek; readonly short: string; readonly name: string }[] = [
  { id: "MONDAY", short: "Mo", name: "Monday" },
  { id: "TUESDAY", short: "Tu", name: "Tuesday" },
  { id: "WEDNESDAY", short: "We", name: "Wednesday" },
  { id: "THURSDAY", short: "Th", name: "Thursday" },
  { id: "FRIDAY", short: "Fr", name: "Friday" },
  { id: "SATURDAY", short: "Sa", name: "Saturday" },
  { id: "SUNDAY", short: "Su", name: "Sunday" },
];

/** What the form holds. */
export interface Plan {
  readonly name: string;
  readonly cadence: Cadence;
  readonly cron: string;
  readonly timezone: string;
  readonly minute: number;
  readonly hour: number;
  readonly days: readonly DayOfWeek[];
  readonly day: number;
  readonly enabled: boolean;
  /** Only what differs from the defaults. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly updateResults: boolean;
  readonly useCached: boolean;
  readonly overlap: ScheduleBody["overlap"];
  readonly retries: number;
  /** Seconds; null = none. */
  readonly timeLimit: number | null;
  readonly notifications: readonly NotificationRequest[];
}

export function newPlan(timezone: string): Plan {
  return {
    name: "",
    cadence: "WEEKLY",
    cron: "",
    timezone,
    minute: 0,
    hour: 8,
    days: DAYS.slice(0, 5).map(({ id }) => id),
    day: 1,
    enabled: true,
    inputs: {},
    updateResults: true,
    useCached: false,
    overlap: "SKIP",
    retries: 0,
    timeLimit: null,
    notifications: [],
  };
}

export function planOf(schedule: ScheduleBody): Plan {
  return {
    name: schedule.name,
    cadence: schedule.cadence,
    cron: schedule.cron ?? "",
    timezone: schedule.timezone,
    minute: schedule.minute,
    hour: schedule.hour,
    days: schedule.dayOfWeek,
    day: schedule.day,
    enabled: schedule.enabled,
    inputs: schedule.inputParams,
    updateResults: schedule.updatePublishedResults,
    useCached: schedule.useCachedSqlResults,
    overlap: schedule.overlap,
    retries: schedule.retries,
    timeLimit: schedule.timeLimit,
    notifications: schedule.notifications.map(toldOf),
  };
}

/** When it runs, as the API takes it. */
export function timingOf(plan: Plan): ScheduleRequest {
  return {
    cadence: plan.cadence,
    timezone: plan.timezone,
    minute: plan.minute,
    hour: plan.hour,
    dayOfWeek: plan.days,
    day: plan.day,
    cron: plan.cron,
  };
}

/** All of it, as the API takes it. */
export function requestOf(plan: Plan): ScheduleRequest {
  return {
    ...timingOf(plan),
    name: plan.name,
    enabled: plan.enabled,
    inputParams: plan.inputs,
    updatePublishedResults: plan.updateResults && allDefaults(plan),
    useCachedSqlResults: plan.useCached,
    overlap: plan.overlap,
    retries: plan.retries,
    timeLimit: plan.timeLimit,
    notifications: plan.notifications,
  };
}

/** [SCH18] Published results belong to the default inputs. */
export function allDefaults(plan: Plan): boolean {
  return Object.keys(plan.inputs).length === 0;
}

/** "06:05" */
export function clockOf(plan: Plan): string {
  return `${String(plan.hour).padStart(2, "0")}:${String(plan.minute).padStart(2, "0")}`;
}

/** The hour and minute of "06:05"; null for what is no time. */
export function readClock(text: string): { readonly hour: number; readonly minute: number } | null {
  const found = /^(\d{1,2}):(\d{2})/.exec(text);
  if (!found) return null;
  const hour = Number(found[1]);
  const minute = Number(found[2]);
  return hour < 24 && minute < 60 ? { hour, minute } : null;
}

export interface Firing {
  readonly iso: string;
  /** "Mon 26 Oct" */
  readonly day: string;
  /** "06:00" */
  readonly time: string;
  /** "UTC+1" */
  readonly offset: string;
  /** Clocks moved since the one before (of the first: since now). */
  readonly moved: boolean;
}

/** Instants as clocks in a zone show them. */
export function firingsOf(times: readonly string[], timezone: string, now: number): readonly Firing[] {
  let before = offsetAt(now, timezone);
  return times.map((iso) => {
    const at = Date.parse(iso);
    const parts = Object.fromEntries(
      format(timezone)
        .formatToParts(at)
        .map(({ type, value }) => [type, value]),
    );
    const offset = offsetAt(at, timezone);
    const moved = offset !== before;
    before = offset;
    return {
      iso,
      day: `${parts["weekday"]} ${parts["day"]} ${parts["month"]}`,
      time: `${parts["hour"]}:${parts["minute"]}`,
      offset,
      moved,
    };
  });
}

function offsetAt(at: number, timezone: string): string {
  const part = format(timezone)
    .formatToParts(at)
    .find(({ type }) => type === "timeZoneName");
  return (part?.value ?? "").replace("GMT", "UTC");
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(timezone: string): Intl.DateTimeFormat {
  let found = formats.get(timezone);
  if (!found) {
    const parts: Intl.DateTimeFormatOptions = {
      weekday: "short",
      day: "numeric",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      timeZoneName: "shortOffset",
    };
    try {
      found = new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: timezone });
    } catch {
      // A zone that this browser does not know: the times are told in UTC, and say so.
      found = new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: "UTC" });
    }
    formats.set(timezone, found);
  }
  return found;
}

/** "in 16 h" */
export function comesIn(iso: string, now: number): string {
  const minutes = Math.max(0, Math.round((Date.parse(iso) - now) / 60_000));
  if (minutes < 1) return "now";
  if (minutes < 60) return `in ${minutes} min`;
  if (minutes < 48 * 60) return `in ${Math.round(minutes / 60)} h`;
  return `in ${Math.round(minutes / 1440)} days`;
}

/** Which version runs, and what of the draft is not in it. */
export function runsWhat(published: number | null, changes: number): string {
  if (published === null) return "Nothing is published, so schedules wait.";
  const left =
    changes === 0
      ? ""
      : changes === 1
        ? " Your unpublished change is not in it."
        : ` Your ${changes} unpublished changes are not in it.`;
  return `Runs version ${published}, the published one.${left}`;
}

/** How a run of a schedule stands. */
export function runMark(run: ScheduledRun): {
  readonly tone: Tone;
  readonly shape: Shape;
  readonly words: string;
} {
  if (run.skipped) return { tone: "muted", shape: "skip", words: "Skipped" };
  switch (run.status) {
    case "PENDING":
      return { tone: "muted", shape: "clock", words: "Waits" };
    case "RUNNING":
      return { tone: "accent", shape: "spinner", words: "Running" };
    case "COMPLETED":
      return { tone: "ok", shape: "check", words: "Succeeded" };
    case "ERRORED":
      return { tone: "error", shape: "error", words: "Errored" };
    default:
      return { tone: "warn", shape: "stop", words: "Killed" };
  }
}

/** What is worth saying of a run besides. */
export function runNote(run: ScheduledRun): string {
  const attempt = run.attempt > 1 ? `Attempt ${run.attempt}. ` : "";
  const asked = run.dueAt === null ? "Run now. " : "";
  return `${attempt}${asked}${run.message}`.trim();
}

/** "15 min", "2 h", "90 s" */
export function limitText(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
