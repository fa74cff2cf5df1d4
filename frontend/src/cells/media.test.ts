import { expect, test } from "vitest";

import { dynamicOptions, joinStreams, richest } from "./media";
import type { DisplayOutput, StreamOutput } from "../wire";

const display = (data: Record<string, unknown>, blobs: DisplayOutput["blobs"] = {}): DisplayOutput => ({
  output: "display",
  data,
  blobs,
  metadata: {},
  display_id: "",
  result: true,
});
const blob = { url: "/o/x", hash: "", size: 1 };
const stream = (name: StreamOutput["name"], text: string): StreamOutput => ({ output: "stream", name, text });

test("the richest form is chosen; HTML only where it has an address of its own", () => {
  expect(richest(display({ "text/plain": "x", "image/png": "…" }))).toBe("image/png");
  expect(richest(display({ "text/plain": "x", "text/html": "<b>" }))).toBe("text/plain");
  expect(richest(display({ "text/plain": "x", "image/png": "…" }, { "text/html": blob }))).toBe("text/html");
  expect(
    richest(display({ "text/plain": "x" }, { "application/vnd.vernissage.table+json": blob })),
  ).toContain("table");
  expect(richest(display({ "application/x-unknown": 1 }))).toBeNull();
});

test("pieces of one stream are one text; another stream between them keeps the order", () => {
  expect(
    joinStreams([stream("stdout", "a"), stream("stdout", "b"), stream("stderr", "c"), stream("stdout", "d")]),
  ).toEqual([stream("stdout", "ab"), stream("stderr", "c"), stream("stdout", "d")]);
});

test("dynamic options are read from the input cell's own output", () => {
  const options = display({ "application/vnd.vernissage.options+json": { options: [1, "a"], cut: false } });
  expect(dynamicOptions({ state: "done", outputs: [options], elapsed: 0, at: "", waits_for: "" })).toEqual([
    1,
    "a",
  ]);
  expect(dynamicOptions(undefined)).toBeNull();
});
