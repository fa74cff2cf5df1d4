// Versions as the history tells them. Pure.

import type { Shape, Tone } from "../ui/State";
import type { VersionBody } from "../wire";
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
