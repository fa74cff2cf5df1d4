// Versions as the history tells them. Pure.

import type { Shape, Tone } from "../ui/State";
import type { EditedPart, StepBody, VersionBody, VersionList } from "../wire";
import type { Place } from "./difference";

export interface RunMark {
  readonly tone: Tone;
  readonly shape: Shape;
  readonly words: string;
}

/** How the run that a version was published from ended; null = it has none. */
export function runMark(status: string | null): RunMark | null {
  switch (status) {
    case null:
      return null;
    case "COMPLETED":
      return { tone: "ok", shape: "check", words: "every cell ran" };
    case "ERRORED":
      return { tone: "error", shape: "error", words: "ran with errors" };
    case "RUNNING":
    case "PENDING":
      return { tone: "accent", shape: "spinner", words: "its run goes on" };
    case "KILLED":
      return { tone: "warn", shape: "warn", words: "its run was cut off" };
    default:
      return { tone: "error", shape: "error", words: "its run could not end" };
  }
}

/** What brought a version about: "Saved by Bo", "Imported by Bo", "Bo". */
export function madeBy(version: VersionBody): string {
  const name = version.author.name || version.author.email || "Somebody";
  if (version.kind === "saved") return `Saved by ${name}`;
  return version.kind === "imported" ? `Imported by ${name}` : name;
}

/** "6 Oct 2026, 09:12". */
export function dayAndClock(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  const format = new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
  return format.format(at);
}

/** The version that an address such as …/versions#11 names, or null. */
export function fromHash(hash: string): number | null {
  const number = /^#(\d{1,9})$/.exec(hash)?.[1];
  return number ? Number(number) : null;
}

/** A version beside another one or the draft: the earlier one is where the changes begin. */
export function comparisonOf(
  version: number,
  other: number | "draft",
): { readonly from: Place; readonly to: Place } {
  return other === "draft" || other > version ? { from: version, to: other } : { from: other, to: version };
}

/** What stands in the history: a version, or what else was done. */
export type HistoryEntry =
  | { readonly kind: "version"; readonly key: string; readonly version: VersionBody }
  | { readonly kind: "step"; readonly key: string; readonly step: StepBody };

/** Pages of versions, newest first, with the steps between them where they happened. */
export function historyOf(pages: readonly VersionList[]): readonly HistoryEntry[] {
  return pages.flatMap(({ values, steps }) => {
    const entries: HistoryEntry[] = [];
    let next = 0;
    for (const version of values) {
      // A step at the same moment came after the version: a revert saves one first.
      while (next < steps.length && (steps[next]?.at ?? "") >= version.createdAt) {
        const step = steps[next];
        if (step) entries.push({ kind: "step", key: `step ${step.at} ${step.action}`, step });
        next += 1;
      }
      entries.push({ kind: "version", key: `version ${version.number}`, version });
    }
    return entries;
  });
}

/** "Draft reverted to version 9". */
export function stepWords(step: StepBody): string {
  switch (step.action) {
    case "revert":
      return `Draft reverted to version ${step.version}`;
    case "republish":
      return `Version ${step.version} published again`;
    case "unpublish":
      return "App unpublished";
    case "end_sessions":
      return step.sessions === 1 ? "1 open session ended" : `${step.sessions ?? 0} open sessions ended`;
  }
}

/** "edited Load orders", "changed the layout". */
export function partWords(part: EditedPart, nameOf: (cell: string) => string): string {
  switch (part.kind) {
    case "added":
    case "deleted":
    case "moved":
    case "edited":
      return `${part.kind} ${nameOf(part.cell)}`;
    case "configured":
      return `changed the settings of ${nameOf(part.cell)}`;
    case "layout":
    case "settings":
    case "files":
      return `changed the ${part.kind}`;
    case "title":
      return "renamed the project";
    case "replaced":
      return "replaced the whole draft";
  }
}

/** The version that was published before this one, as far as it is known: where a rollback leads. */
export function before(number: number, versions: readonly VersionBody[]): VersionBody | null {
  return versions.find((one) => one.number < number && one.kind === "published") ?? null;
}
