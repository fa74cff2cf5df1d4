import { describe, expect, it } from "vitest";

import type { CellDifference, DifferenceBody, Hunk, LayoutDifference } from "../wire";
import {
  fileWords,
  folded,
  layoutWords,
  moveWords,
  onlyOutputs,
  outputWords,
  pieces,
  sideName,
} from "./difference";

const line = (kind: Hunk["kind"], text: string): Hunk => ({
  kind,
  before_line: 1,
  after_line: 1,
  before: text,
  after: text,
  before_ranges: [],
  after_ranges: [],
});

const layout = (of: Partial<LayoutDifference>): LayoutDifference => ({
  kind: "placed",
  tab: "",
  cell: "",
  name: "",
  before: "",
  after: "",
  cells: [],
  ...of,
});

describe("folding", () => {
  const same = Array.from({ length: 10 }, (_, at) => line("same", `s${at}`));

  it("keeps the lines around a change and loses none", () => {
    const hunks = [...same, line("changed", "x"), ...same];
    const parts = folded(hunks);
    expect(parts.map(({ fold, hunks: lines }) => [fold, lines.length])).toEqual([
      [true, 7],
      [false, 7],
      [true, 7],
    ]);
    expect(parts.flatMap((part) => part.hunks)).toEqual(hunks);
  });

  it("shows a single line rather than a fold of one", () => {
    const parts = folded([...same.slice(0, 4), line("added", "x")]);
    expect(parts.every(({ fold }) => !fold)).toBe(true);
  });
});

describe("pieces of a line", () => {
  it("cuts at the ranges, and together they are the line", () => {
    const cut = pieces("having count >= 100", [[16, 19]]);
    expect(cut.map(({ text, differs }) => [text, differs])).toEqual([
      ["having count >= ", false],
      ["100", true],
    ]);
    expect(pieces("ab", [[0, 1]]).map(({ text }) => text)).toEqual(["a", "b"]);
    expect(pieces("", [])).toEqual([]);
  });
});

describe("words", () => {
  it("tells changes of the page", () => {
    const names = (id: string): string => id.toUpperCase();
    expect(layoutWords(layout({ kind: "tab_added", tab: "Returns", cells: ["a", "b"] }), names)).toEqual({
      kind: "added",
      name: "Tab Returns",
      more: "with A, B",
    });
    expect(
      layoutWords(layout({ name: "Stores", before: "All", after: "More", kind: "moved" }), names).more,
    ).toBe("from All to More");
    expect(layoutWords(layout({ kind: "rearranged" }), names).name).toBe("Page");
    expect(
      layoutWords(layout({ kind: "tab_renamed", tab: "New", before: "Old", after: "New" }), names).more,
    ).toBe("was Old");
  });

  it("tells files", () => {
    const ref = (hash: string, size: number) => ({ name: "a.csv", hash, size });
    const size = (bytes: number): string => `${bytes} B`;
    expect(fileWords({ name: "a.csv", kind: "added", before: null, after: ref("a", 3) }, size)).toBe("3 B");
    expect(fileWords({ name: "a.csv", kind: "changed", before: ref("a", 3), after: ref("b", 3) }, size)).toBe(
      "other content",
    );
    expect(fileWords({ name: "a.csv", kind: "changed", before: ref("a", 3), after: ref("b", 4) }, size)).toBe(
      "3 B → 4 B",
    );
  });

  it("tells where a cell went, and names the sides", () => {
    const cell = { moved: true, before_place: 3, after_place: 1 } as CellDifference;
    expect(moveWords(cell)).toBe("from place 3 to 1");
    expect(moveWords({ ...cell, moved: false })).toBe("");
    expect(sideName({ kind: "version", version: 3, hash: "", runId: null })).toBe("Version 3");
    expect(sideName({ kind: "nothing", version: null, hash: "", runId: null })).toBe("Nothing published");
  });

  it("finds outputs that differ though their cell does not", () => {
    const differs = { kind: "differs", tables: [] } as const;
    const body = {
      difference: { cells: [{ id: "a" }], inputs: [] },
      outputs: { a: differs, b: differs, c: { kind: "same", tables: [] } },
    } as unknown as DifferenceBody;
    expect(onlyOutputs(body)).toEqual(["b"]);
    expect(onlyOutputs({ ...body, outputs: null })).toEqual([]);
    const table = {
      columns_added: [],
      columns_removed: [],
      rows_before: 1,
      rows_after: 2,
      words: "1 row more",
    };
    expect(outputWords({ kind: "differs", tables: [table, { ...table, words: "" }] })).toBe("1 row more");
  });
});
