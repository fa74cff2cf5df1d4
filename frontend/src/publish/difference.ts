// What differs between two versions, or a version and the draft: asking for it, and the words for it.

import { useQuery, type UseQueryResult } from "@tanstack/react-query";

import { groupDigits } from "../core/values";
import { get } from "../net/api";
import type {
  CellDifference,
  DifferenceBody,
  DifferenceSide,
  FileDifference,
  Hunk,
  LayoutDifference,
  OutputDifference,
  OutputsBody,
  RowsDifference,
} from "../wire";

export type Change = CellDifference["kind"];

/** A version's number, the draft as it is now, whatever is published, or a candidate by the id of its publish. */
export type Place = number | string;

/** Two that are compared. */
export interface Compared {
  readonly project: string;
  readonly from: Place;
  readonly to: Place;
  /** What makes the same question another one: which version is published, whether a run has ended. */
  readonly stamp: string;
}

export function useDifference({ project, from, to, stamp }: Compared): UseQueryResult<DifferenceBody> {
  return useQuery({
    queryKey: ["difference", project, from, to, stamp],
    queryFn: ({ signal }) =>
      get<DifferenceBody>(`/projects/${project}/diff`, {
        query: { from: String(from), to: String(to) },
        signal,
      }),
    // The draft is another one with each key that is pressed; a candidate is frozen.
    staleTime: to === "draft" || from === "draft" ? 0 : Number.POSITIVE_INFINITY,
  });
}

/** Which outputs differ, asked again each time that `progress` changes. null = not known, or not both have run. */
export function useOutputs(
  { project, from, to, stamp }: Compared,
  progress: string,
  enabled: boolean,
): OutputsBody["outputs"] {
  const { data } = useQuery({
    queryKey: ["outputs", project, from, to, stamp, progress],
    queryFn: ({ signal }) =>
      get<OutputsBody>(`/projects/${project}/diff/outputs`, {
        query: { from: String(from), to: String(to) },
        signal,
      }),
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (last) => last,
  });
  return data?.outputs ?? null;
}

/** "1 of 62 rows changed in Revenue, 3 came, 2 went. Only the first 1 000 rows of each were compared." */
export function rowsWords(table: RowsDifference): string {
  const parts = [
    table.changed > 0 && `${rowsOf(table.changed)} changed in ${table.columns.join(", ")}`,
    table.added > 0 && `${rowsOf(table.added)} came`,
    table.removed > 0 && `${rowsOf(table.removed)} went`,
    table.unlisted > 0 && `${rowsOf(table.unlisted)} of these are not listed here`,
  ].filter(Boolean);
  const said = parts.length > 0 ? `${parts.join(", ")}.` : "";
  return [said, table.note].filter(Boolean).join(" ");
}

function rowsOf(count: number): string {
  return `${groupDigits(String(count))} ${count === 1 ? "row" : "rows"}`;
}

/** A value of a table in a few words. */
export function valueWords(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "string") return value;
  return JSON.stringify(value);
}

export const NOTHING = "Nothing published";

/** What stands over one side: "Version 12", "Draft", "Nothing published". */
export function sideName(side: DifferenceSide): string {
  if (side.kind === "nothing") return NOTHING;
  if (side.kind === "candidate") return "This preview";
  return side.kind === "draft" ? "Draft" : `Version ${side.version}`;
}

export interface Told {
  readonly kind: Change;
  /** What it is about. */
  readonly name: string;
  /** What happened to it, where the kind does not say it all. */
  readonly more: string;
}

/** A change of the page in words. `nameOf`: cell id → name. */
export function layoutWords(change: LayoutDifference, nameOf: (cell: string) => string): Told {
  const { kind, tab, name, before, after, cells } = change;
  const page = tab ? `Tab ${tab}` : "Page";
  const onTab = tab ? `on ${tab}` : "";
  switch (kind) {
    case "tab_added":
      return {
        kind: "added",
        name: page,
        more: cells.length > 0 ? `with ${cells.map(nameOf).join(", ")}` : "",
      };
    case "tab_removed":
      return {
        kind: "removed",
        name: page,
        more: cells.length > 0 ? `with ${cells.map(nameOf).join(", ")}` : "",
      };
    case "tab_renamed":
      return { kind: "changed", name: page, more: `was ${before}` };
    case "tab_moved":
      return { kind: "moved", name: page, more: "" };
    case "placed":
      return { kind: "added", name, more: onTab };
    case "taken_away":
      return { kind: "removed", name, more: tab ? `from ${tab}` : "" };
    case "moved":
      return { kind: "moved", name, more: before === after ? onTab : `from ${before} to ${after}` };
    case "resized":
    case "shown":
      return { kind: "changed", name, more: fromTo(before, after) };
    case "rearranged":
      return { kind: "changed", name: page, more: "its rows and columns are grouped otherwise" };
    case "width":
      return { kind: "changed", name: "Width of the page", more: fromTo(before, after) };
    case "own":
      return { kind: "changed", name: "Layout", more: fromTo(before, after) };
  }
}

/** What happened to a file, in words. `size`: bytes → words. */
export function fileWords({ before, after }: FileDifference, size: (bytes: number) => string): string {
  if (before && after)
    return before.size === after.size ? "other content" : `${size(before.size)} → ${size(after.size)}`;
  const one = after ?? before;
  return one ? size(one.size) : "";
}

function fromTo(before: string, after: string): string {
  if (!before || !after) return after || before;
  return `${before} → ${after}`;
}

/** Where a cell went, in words; "" = it stands where it stood. */
export function moveWords({ moved, before_place: before, after_place: after }: CellDifference): string {
  return moved && before !== null && after !== null ? `from place ${before} to ${after}` : "";
}

/** Ids of cells whose outputs differ though nothing of the cell is listed. */
export function onlyOutputs(body: DifferenceBody): readonly string[] {
  const listed = new Set([...body.difference.cells, ...body.difference.inputs].map(({ id }) => id));
  return Object.entries(body.outputs ?? {})
    .filter(([id, { kind }]) => kind === "differs" && !listed.has(id))
    .map(([id]) => id);
}

/** "1 column more, 3 rows fewer" of each table; "" = nothing to say. */
export function outputWords(difference: OutputDifference): string {
  return difference.tables
    .map(({ words }) => words)
    .filter(Boolean)
    .join("; ");
}

/** Lines to draw, or a run of equal lines that is folded away. */
export type Stretch =
  | { readonly fold: false; readonly hunks: readonly Hunk[] }
  | { readonly fold: true; readonly hunks: readonly Hunk[] };

/** Folds what stands more than `near` lines from any change; folding fewer than 2 lines hides nothing. */
export function folded(hunks: readonly Hunk[], near = 3): readonly Stretch[] {
  const keep = hunks.map(() => false);
  hunks.forEach(({ kind }, at) => {
    if (kind !== "same") keep.fill(true, Math.max(0, at - near), at + near + 1);
  });
  const stretches: { fold: boolean; hunks: Hunk[] }[] = [];
  hunks.forEach((hunk, at) => {
    const last = stretches.at(-1);
    if (last && last.fold === !keep[at]) last.hunks.push(hunk);
    else stretches.push({ fold: !keep[at], hunks: [hunk] });
  });
  return stretches.map(({ fold, hunks: lines }) => ({ fold: fold && lines.length > 1, hunks: lines }));
}

export interface Piece {
  /** Where it begins in the line. */
  readonly at: number;
  readonly text: string;
  /** It is not in the other line. */
  readonly differs: boolean;
}

/** A line cut at its ranges. */
export function pieces(line: string, ranges: readonly (readonly [number, number])[]): readonly Piece[] {
  const found: Piece[] = [];
  let at = 0;
  const cut = (end: number, differs: boolean): void => {
    if (end > at) found.push({ at, text: line.slice(at, end), differs });
    at = Math.max(at, end);
  };
  for (const [start, end] of ranges) {
    cut(start, false);
    cut(end, true);
  }
  cut(line.length, false);
  return found;
}
