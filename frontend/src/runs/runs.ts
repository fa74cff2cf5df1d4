// Runs as the run log tells them. Pure.

import type { Shape, Tone } from "../ui/State";
import type { CellResult, RunBody } from "../wire";

type RunStatus = RunBody["status"];
type RunTrigger = RunBody["runTrigger"];

export interface RunMark {
  readonly tone: Tone;
  readonly shape: Shape;
  readonly words: string;
}

/** How a run stands, as a shape and words. */
export function statusMark(status: RunStatus): RunMark {
  switch (status) {
    case "PENDING":
      return { tone: "muted", shape: "clock", words: "Waits for its turn" };
    case "RUNNING":
      return { tone: "accent", shape: "spinner", words: "Running" };
    case "COMPLETED":
      return { tone: "ok", shape: "check", words: "Completed" };
    case "ERRORED":
      return { tone: "error", shape: "error", words: "With errors" };
    case "KILLED":
      return { tone: "warn", shape: "warn", words: "Cut off" };
    default:
      return never(status);
  }
}

/** How a cell of a run stands. */
export function cellMark(state: CellResult["state"]): RunMark {
  switch (state) {
    case "done":
      return { tone: "ok", shape: "check", words: "done" };
    case "error":
      return { tone: "error", shape: "error", words: "failed" };
    case "skipped":
      return { tone: "muted", shape: "skip", words: "skipped" };
    case "running":
      return { tone: "accent", shape: "spinner", words: "running" };
    case "queued":
      return { tone: "muted", shape: "clock", words: "waits" };
    case "stale":
    case "empty":
      return { tone: "muted", shape: "dash", words: "did not run" };
    default:
      return never(state);
  }
}

export function triggerName(trigger: RunTrigger): string {
  switch (trigger) {
    case "API":
      return "API";
    case "SCHEDULED":
      return "Schedule";
    case "REFRESH":
      return "Refresh";
    case "PREVIEW":
      return "Preview";
    case "APP":
      return "App";
    default:
      return never(trigger);
  }
}

export type TriggerFilter = "ALL" | Exclude<RunTrigger, "APP">;
export type StatusFilter = "ALL" | RunStatus;

export const TRIGGERS: readonly { readonly id: TriggerFilter; readonly name: string }[] = [
  { id: "ALL", name: "Every trigger" },
  { id: "SCHEDULED", name: "Schedule" },
  { id: "API", name: "API" },
  { id: "REFRESH", name: "Refresh" },
  { id: "PREVIEW", name: "Preview" },
];

export const STATUSES: readonly { readonly id: StatusFilter; readonly name: string }[] = [
  { id: "ALL", name: "Every status" },
  { id: "RUNNING", name: "Running" },
  { id: "PENDING", name: "Waits for its turn" },
  { id: "COMPLETED", name: "Completed" },
  { id: "ERRORED", name: "With errors" },
  { id: "KILLED", name: "Cut off" },
];

export interface Filters {
  readonly trigger: TriggerFilter;
  readonly status: StatusFilter;
}

/** The filters in an address; what is no filter counts as none. */
export function filtersOf(search: string): Filters {
  const query = new URLSearchParams(search);
  const found = <Id extends string>(all: readonly { readonly id: Id }[], name: string, none: Id): Id =>
    all.find(({ id }) => id === query.get(name))?.id ?? none;
  return { trigger: found(TRIGGERS, "trigger", "ALL"), status: found(STATUSES, "status", "ALL") };
}

/** The query of an address with these filters; "" for none. */
export function searchOf({ trigger, status }: Filters): string {
  const query = new URLSearchParams();
  if (trigger !== "ALL") query.set("trigger", trigger);
  if (status !== "ALL") query.set("status", status);
  const text = query.toString();
  return text ? `?${text}` : "";
}

/** Whether it still waits or runs. */
export function goesOn({ status }: Pick<RunBody, "status">): boolean {
  return status === "PENDING" || status === "RUNNING";
}

/** Whole milliseconds that a run took, or has taken by now; null = it never started. */
export function durationOf(
  { startTime, endTime, elapsedTime }: Pick<RunBody, "startTime" | "endTime" | "elapsedTime">,
  now: number,
): number | null {
  if (elapsedTime !== null) return elapsedTime;
  return startTime === null || endTime !== null ? null : Math.max(0, now - Date.parse(startTime));
}

/** "Rows: 5, Species: Gentoo"; "" = the defaults. `labels`: of the inputs that the published version has. */
export function inputsText(params: RunBody["inputParams"], labels: ReadonlyMap<string, string>): string {
  return Object.entries(params)
    .map(([name, value]) => `${labels.get(name) || name}: ${valueText(value)}`)
    .join(", ");
}

function valueText(value: unknown): string {
  if (value === null) return "empty";
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value)) return value.map(valueText).join(", ") || "none";
  if (typeof value === "object" && "name" in value && typeof value.name === "string") return value.name;
  return typeof value === "object" ? "edited" : String(value);
}

function never(value: never): never {
  throw new Error(`Of an unknown kind: ${String(value)}`);
}
