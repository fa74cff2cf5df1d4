import { expect, test } from "vitest";

import { agoText, appState, progressText, queueText, secondsText } from "./state";
import { roomOf, type Room } from "../core/room";
import type { KernelStatus, RunProgress, Snapshot } from "../wire";

const SNAPSHOT: Snapshot = {
  type: "snapshot",
  seq: 0,
  session: "s",
  kind: "app",
  access: "APP_ONLY",
  members: [],
  document: null,
  texts: {},
  app: null,
  version: 1,
  inputs: {},
  waiting: [],
  cells: {},
  kernel: { state: "none", sentence: "", python: "", started_at: "", position: 0 },
  run: null,
  results: null,
  live: null,
  publishing: null,
  notices: [],
};

const RUN: RunProgress = {
  number: 1,
  trigger: "app",
  status: "running",
  planned: ["a", "b", "c"],
  finished: 1,
  current: "b",
  started_at: "2026-11-25T00:00:00Z",
  ended_at: "",
};

const room = (change: Partial<Snapshot>): Room => roomOf({ ...SNAPSHOT, ...change });
const kernel = (state: KernelStatus["state"]): KernelStatus => ({ ...SNAPSHOT.kernel, state });
const live = (change: Partial<Snapshot>): string => appState({ status: "live", room: room(change) });
const results = { at: "2026-11-25T00:00:00Z", fresh: true, refreshing: false };

test("the page says what it is doing in the words of the contract", () => {
  expect(live({ results })).toBe("results");
  expect(live({})).toBe("no-results");
  expect(live({ kernel: kernel("starting") })).toBe("starting");
  expect(live({ kernel: kernel("queued"), run: RUN })).toBe("starting");
  expect(live({ kernel: kernel("busy") })).toBe("running");
  expect(live({ kernel: kernel("idle") })).toBe("idle");
  expect(live({ kernel: kernel("idle"), results: { ...results, fresh: false } })).toBe("idle");
  expect(live({ kernel: kernel("dead"), run: RUN })).toBe("error");
  expect(appState({ status: "connecting", room: null })).toBe("starting");
  expect(appState({ status: "offline", room: room({ results }) })).toBe("offline");
  expect(appState({ status: "ended", room: room({ results }) })).toBe("ended");
});

test("a version published by force shows its unfinished run as running, though no kernel is this session's", () => {
  expect(live({ run: RUN, results })).toBe("running");
  expect(live({ run: { ...RUN, status: "errored" }, results })).toBe("results");
});

test("progress counts the cell that is being computed", () => {
  expect(progressText(RUN)).toBe("cell 2 of 3");
  expect(progressText({ ...RUN, finished: 3 })).toBe("cell 3 of 3");
  expect(progressText({ ...RUN, planned: [] })).toBe("starting");
});

test("the place in line is said as people say it", () => {
  expect(queueText(3)).toBe("Waiting for a free kernel, 3rd in line");
  expect(queueText(12)).toBe("Waiting for a free kernel, 12th in line");
  expect(queueText(21)).toBe("Waiting for a free kernel, 21st in line");
  expect(queueText(0)).toBe("Waiting for a free kernel");
});

test("times as one says them", () => {
  const now = Date.parse("2026-11-25T12:00:00Z");
  expect(agoText("2026-11-25T11:59:50Z", now)).toBe("just now");
  expect(agoText("2026-11-25T11:55:00Z", now)).toBe("5 min ago");
  expect(agoText("2026-11-25T10:00:00Z", now)).toBe("2 h ago");
  expect(agoText("2026-11-22T12:00:00Z", now)).toBe("3 d ago");
  expect(agoText("", now)).toBe("");
  expect(secondsText(3.24)).toBe("3.2 s");
  expect(secondsText(75.5)).toBe("1 min 15 s");
});
