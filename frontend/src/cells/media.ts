// Which of a bundle's forms is shown: the richest that this page can show well.
//
// A form of our own comes first (it was made for this page), then charts, then HTML (it can hold anything, in a frame of
// its own), pictures, text with structure, plain text. Pure.

import { OPTIONS } from "./mime";
import type { AnyOutput, CellRun, DisplayOutput, TableHead } from "../wire";
import { CHARTS, IMAGES, TABLE, VALUE } from "./mime";

/** Richest first. */
export const ORDER: readonly string[] = [
  TABLE,
  VALUE,
  ...CHARTS,
  "text/html",
  ...IMAGES,
  "text/markdown",
  "text/latex",
  "application/json",
  "text/plain",
];

/** The form of a bundle to show, or null where it has none that this page knows. */
export function richest(output: DisplayOutput): string | null {
  return (
    ORDER.find((mime) => {
      // HTML is shown only from an address of its own, never from the bundle.
      if (mime === "text/html") return mime in output.blobs;
      return mime in output.data || mime in output.blobs;
    }) ?? null
  );
}

/** Neighbouring printed texts of one stream as one: programs print in pieces. */
export function joinStreams(outputs: readonly AnyOutput[]): readonly AnyOutput[] {
  const joined: AnyOutput[] = [];
  for (const output of outputs) {
    const last = joined.at(-1);
    if (output.output === "stream" && last?.output === "stream" && last.name === output.name) {
      joined[joined.length - 1] = { ...last, text: last.text + output.text };
    } else joined.push(output);
  }
  return joined;
}

/** What a dynamic input may choose from, as its own cell last read it; null = nothing was read. */
export function dynamicOptions(run: CellRun | undefined): readonly unknown[] | null {
  for (const output of run?.outputs ?? []) {
    if (output.output !== "display") continue;
    const found = output.data[OPTIONS];
    if (typeof found === "object" && found !== null && "options" in found && Array.isArray(found.options)) {
      return found.options as readonly unknown[];
    }
  }
  return null;
}

/** A single value, as the kernel describes one. */
export interface ValueData {
  readonly value: unknown;
  readonly text: string;
  readonly compare: {
    readonly value: unknown;
    readonly text: string;
    readonly delta: number | null;
    readonly delta_text: string;
    /** Which way is good; absent = up. */
    readonly good?: "up" | "down";
  } | null;
  readonly format: string;
}

export function isTableHead(data: unknown): data is TableHead {
  return typeof data === "object" && data !== null && "columns" in data && "rows" in data && "total" in data;
}

export function isValueData(data: unknown): data is ValueData {
  return typeof data === "object" && data !== null && "text" in data;
}
