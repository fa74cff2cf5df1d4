// What the publish dialog offers, from what the server said of its candidate. Pure.

import { clock } from "../ui/time";
import type { CellRun, PublishError, PublishingView, PublishView } from "../wire";

export type Offer =
  /** The candidate is being frozen; nothing to press yet. */
  | { readonly kind: "starting" }
  /** The preview run goes on: only force. */
  | { readonly kind: "running"; readonly errors: number }
  | { readonly kind: "ready" }
  /** The run ended with errors: publishing asks once. */
  | { readonly kind: "failed"; readonly errors: number; readonly button: string }
  | { readonly kind: "published"; readonly version: number | null; readonly forced: boolean }
  /** Somebody else was first, or it was given up: only a new preview helps. */
  | { readonly kind: "over"; readonly sentence: string };

export function offerOf(candidate: PublishView | null, overtakenBy = ""): Offer {
  if (overtakenBy) return { kind: "over", sentence: overtakenBy };
  if (!candidate) return { kind: "starting" };
  const errors = candidate.errors.length;
  switch (candidate.status) {
    case "RUNNING":
      return candidate.forced
        ? { kind: "published", version: candidate.version, forced: true }
        : { kind: "running", errors };
    case "READY":
      return { kind: "ready" };
    case "FAILED":
      return { kind: "failed", errors, button: withErrors(errors) };
    case "PUBLISHED":
      return { kind: "published", version: candidate.version, forced: candidate.forced };
    case "SUPERSEDED":
      return {
        kind: "over",
        sentence: "Another version was published meanwhile, so this preview cannot be published.",
      };
    case "CANCELLED":
      return { kind: "over", sentence: "This preview was given up." };
  }
}

/** "Publish with 1 error", "Publish with 3 errors"; a run that could not end counts none. */
export function withErrors(errors: number): string {
  if (errors === 0) return "Publish anyway";
  return `Publish with ${errors} ${errors === 1 ? "error" : "errors"}`;
}

/** The candidate that a dialog goes on with when it is opened again; null = a new one is wanted. */
export function openCandidate(candidate: PublishView | null): PublishView | null {
  if (!candidate) return null;
  const over =
    candidate.status === "SUPERSEDED" || candidate.status === "CANCELLED" || candidate.status === "PUBLISHED";
  return over || candidate.forced ? null : candidate;
}

/** "2 later changes are not in this preview"; "" = there are none. */
export function laterChanges(count: number): string {
  if (count === 0) return "";
  return count === 1
    ? "1 later change is not in this preview."
    : `${count} later changes are not in this preview.`;
}

/** What happened since the dialog was opened against `expected`: "" = nothing was published by others. */
export function overtaken(expected: number | null, publishing: PublishingView, now: number): string {
  const { published, published_by: by, published_at: at } = publishing;
  if (published === expected) return "";
  if (published === null) return "The app was unpublished meanwhile. Preview again to publish it.";
  const who = `${by ? ` by ${by}` : ""}${at ? `, ${clock(at, now)}` : ""}`;
  return `Version ${published} was published meanwhile${who}. Changes shows the difference to it; preview again to publish on top of it.`;
}

/**
 * What happened to a preview that the room tells of no more: somebody began a newer one, or gave it up. "" = nothing.
 * `told`: the room told of it before.
 */
export function gone(told: PublishView | null, publishing: PublishingView): string {
  if (!told || publishing.candidate?.id === told.id) return "";
  const newer = publishing.candidate;
  if (newer) return `${newer.author || "Somebody"} began a newer preview, which took the place of this one.`;
  return "This preview was given up.";
}

/**
 * Names that exist only in the logic kernel: cells that work there ask for them, and a fresh run has nothing that
 * defines them (their cell was deleted or changed since). `cells`: the logic view's own.
 */
export function onlyInKernel(
  errors: readonly PublishError[],
  cells: Readonly<Record<string, CellRun>>,
): readonly string[] {
  const names = errors.flatMap((error) => {
    const state = cells[error.cell]?.state;
    if (state !== "done" && state !== "stale") return [];
    const [, name, frame] =
      /name '(\w+)' is not defined|no data frame named '(\w+)'/.exec(error.message) ?? [];
    return [name ?? frame ?? ""].filter(Boolean);
  });
  return [...new Set(names)];
}
