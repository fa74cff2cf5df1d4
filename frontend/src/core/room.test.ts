import { describe, expect, test } from "vitest";

import { applyEvent, applyEvents, EMPTY_RUN, roomOf, type Room } from "./room";
import { Diverged } from "./text";
import type { AnyOutput, Document, RoomEvent, Snapshot, StreamOutput } from "../wire";

const DOCUMENT: Document = {
  title: "Store sales",
  description: "",
  timezone: "UTC",
  settings: {
    on_open: "published_results",
    on_interaction: "auto",
    viewers_may_refresh: false,
    refresh_after: 0,
    interrupt_superseded: false,
    ready_kernels: 0,
  },
  cells: [
    { type: "python", id: "a", label: "", source: "x = 1" },
    { type: "markdown", id: "b", label: "", source: "# 🦊 b" },
    { type: "value", id: "c", label: "", value: "x", compare: "", format: "plain" },
  ],
  app: null,
  packages: [],
  files: [],
};

const SNAPSHOT: Snapshot = {
  type: "snapshot",
  seq: 7,
  session: "s",
  kind: "logic",
  access: "CAN_EDIT",
  members: [],
  document: DOCUMENT,
  texts: { a: 2 },
  app: null,
  version: null,
  inputs: { n: 1 },
  waiting: [],
  cells: {},
  kernel: { state: "none", sentence: "", python: "", started_at: "", position: 0 },
  run: null,
  results: null,
  live: null,
  publishing: null,
  notices: [],
};

const START = roomOf(SNAPSHOT);
const ids = (room: Room): string[] => room.document?.cells.map((cell) => cell.id) ?? [];
const printed = (text: string): StreamOutput => ({ output: "stream", name: "stdout", text });
const after = (...events: RoomEvent[]): Room => applyEvents(START, events);

describe("the draft", () => {
  test("a cell is inserted behind another, or at the top", () => {
    const cell = { type: "python", id: "d", label: "", source: "" } as const;
    const insert = (after: string): RoomEvent => ({
      event: "cell_inserted",
      cell,
      after,
      text_version: 3,
      app: null,
    });
    expect(ids(after(insert("a")))).toEqual(["a", "d", "b", "c"]);
    expect(ids(after(insert("")))).toEqual(["d", "a", "b", "c"]);
    expect(after(insert("")).texts).toEqual({ a: 2, d: 3 });
  });

  test("a deleted cell takes its text version, its run and its place in the layout along", () => {
    const room = after(
      { event: "cell_changed", cell: "a", state: "done", elapsed: 1, at: "", waits_for: "", clear: false },
      { event: "cell_deleted", cell: "a", app: { tabs: [], full_width: true } },
    );
    expect(ids(room)).toEqual(["b", "c"]);
    expect(room.texts).toEqual({});
    expect(room.cells).toEqual({});
    expect(room.document?.app?.full_width).toBe(true);
  });

  test("a cell moves down, up and to the top", () => {
    expect(ids(after({ event: "cell_moved", cell: "a", after: "c" }))).toEqual(["b", "c", "a"]);
    expect(ids(after({ event: "cell_moved", cell: "c", after: "a" }))).toEqual(["a", "c", "b"]);
    expect(ids(after({ event: "cell_moved", cell: "c", after: "" }))).toEqual(["c", "a", "b"]);
  });

  test("text changes count in UTF-16 units and move the version on", () => {
    const room = after({
      event: "text_edited",
      cell: "b",
      version: 0,
      updates: [
        { client: "x", changes: [4, [1, "-"], 1] },
        { client: "x", changes: [6, [0, "", "two"]] },
      ],
    });
    expect(room.document?.cells[1]).toMatchObject({ source: "# 🦊-b\ntwo" });
    expect(room.texts["b"]).toBe(2);
  });

  test("a text change on another version, or of another length, is a divergence and not a wrong text", () => {
    const edit = (version: number, keep: number): RoomEvent => ({
      event: "text_edited",
      cell: "a",
      version,
      updates: [{ client: "x", changes: [keep] }],
    });
    expect(() => after(edit(1, 5))).toThrow(Diverged);
    expect(() => after(edit(2, 4))).toThrow(Diverged);
    expect(after(edit(2, 5)).texts["a"]).toBe(3);
  });

  test("settings, title, layout, files, a whole document", () => {
    expect(after({ event: "title_changed", title: "T" }).document?.title).toBe("T");
    expect(after({ event: "layout_changed", app: null }).document?.app).toBeNull();
    const settings = {
      on_open: "run",
      on_interaction: "manual",
      viewers_may_refresh: true,
      refresh_after: 60,
      interrupt_superseded: false,
      ready_kernels: 0,
    } as const;
    const changed = {
      event: "settings_changed",
      settings,
      description: "d",
      timezone: "Europe/Oslo",
    } as const;
    expect(after({ ...changed, packages: ["polars"] }).document).toMatchObject({
      settings,
      packages: ["polars"],
    });
    const file = { name: "a.csv", hash: "", size: 1 };
    expect(after({ event: "files_changed", files: [file] }).document?.files).toEqual([file]);
    const other = { ...DOCUMENT, cells: [] };
    expect(after({ event: "document_replaced", document: other, texts: {} })).toMatchObject({
      document: other,
      texts: {},
    });
  });

  test("an app's room ignores the draft", () => {
    const app = roomOf({ ...SNAPSHOT, document: null });
    expect(applyEvent(app, { event: "title_changed", title: "T" })).toBe(app);
  });
});

describe("the session", () => {
  const add = (output: AnyOutput, first: boolean): RoomEvent => ({
    event: "output_added",
    cell: "a",
    output,
    first,
  });

  test("the first output of an execution replaces, later ones follow, text goes on", () => {
    const room = after(
      add(printed("old"), true),
      add(printed("new"), true),
      { event: "stream_continued", cell: "a", name: "stdout", text: " text" },
      add({ output: "stream", name: "stderr", text: "!" }, false),
    );
    expect(room.cells["a"]?.outputs).toEqual([
      printed("new text"),
      { output: "stream", name: "stderr", text: "!" },
    ]);
  });

  test("text for a stream that is not the last output is a divergence", () => {
    const text = { event: "stream_continued", cell: "a", name: "stderr", text: "x" } as const;
    expect(() => after(add(printed(""), true), text)).toThrow(Diverged);
    expect(() => after(text)).toThrow(Diverged);
  });

  test("an output is updated in its place", () => {
    const update: RoomEvent = { event: "output_updated", cell: "a", index: 0, output: printed("2") };
    expect(after(add(printed("1"), true), update).cells["a"]?.outputs).toEqual([printed("2")]);
    expect(() => after(update)).toThrow(Diverged);
  });

  test("a change of state keeps the outputs unless it clears them", () => {
    const change = (clear: boolean): RoomEvent => ({
      event: "cell_changed",
      cell: "a",
      state: "stale",
      elapsed: 0.5,
      at: "t",
      waits_for: "",
      clear,
    });
    expect(after(add(printed("1"), true), change(false)).cells["a"]).toEqual({
      state: "stale",
      elapsed: 0.5,
      at: "t",
      waits_for: "",
      outputs: [printed("1")],
    });
    expect(after(add(printed("1"), true), change(true)).cells["a"]?.outputs).toEqual([]);
  });

  test("inputs merge and say who set them; presses wait and end; cells are replaced at once", () => {
    const room = after(
      { event: "inputs_changed", values: { m: 2 }, by: "Bo" },
      { event: "button_pressed", name: "go", waiting: true },
      { event: "button_pressed", name: "go", waiting: true },
    );
    expect(room.inputs).toEqual({ n: 1, m: 2 });
    expect(room.setBy).toEqual({ m: { name: "Bo", count: 1 } });
    expect(room.waiting).toEqual(["go"]);
    expect(applyEvent(room, { event: "button_pressed", name: "go", waiting: false }).waiting).toEqual([]);
    expect(after({ event: "cells_replaced", cells: { z: EMPTY_RUN } }).cells).toEqual({ z: EMPTY_RUN });
  });

  test("a notice takes the place of the older one of its kind", () => {
    const give = (text: string): RoomEvent => ({ event: "notice_given", notice: { code: "queued", text } });
    expect(after(give("one"), give("two")).notices).toEqual([{ code: "queued", text: "two" }]);
  });
});

test("a batch moves seq on, seen or not; what it does not touch keeps its identity", () => {
  const room = applyEvents(START, [], 12);
  expect(room.seq).toBe(12);
  expect(room.cells).toBe(START.cells);
  expect(applyEvents(START, [], 7)).toBe(START);
});
