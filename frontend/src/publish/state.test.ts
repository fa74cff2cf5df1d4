// The dialog offers what the candidate's state allows, and nothing else.

import { describe, expect, test } from "vitest";

import type { CellRun, PublishingView, PublishView } from "../wire";
import { gone, laterChanges, offerOf, onlyInKernel, openCandidate, overtaken, withErrors } from "./state";

const RUNNING: PublishView = {
  id: "p1",
  status: "RUNNING",
  errors: [],
  title: "",
  author: "Ana",
  created_at: "2026-10-22T12:00:00Z",
  forced: false,
  version: null,
  later_changes: 0,
  personal: false,
};
const NOW = Date.parse("2026-10-22T14:00:00Z");
const ERROR = { cell: "c", name: "Forecast", message: "KeyError: 'mass'" };

describe("what may be pressed", () => {
  test("nothing before the candidate exists", () => {
    expect(offerOf(null)).toEqual({ kind: "starting" });
  });

  test("while the run goes on only force, and the errors so far are counted", () => {
    expect(offerOf({ ...RUNNING, errors: [ERROR] })).toEqual({ kind: "running", errors: 1 });
  });

  test("Publish when it ended well", () => {
    expect(offerOf({ ...RUNNING, status: "READY" })).toEqual({ kind: "ready" });
  });

  test("Publish with n errors when cells failed", () => {
    expect(offerOf({ ...RUNNING, status: "FAILED", errors: [ERROR] })).toEqual({
      kind: "failed",
      errors: 1,
      button: "Publish with 1 error",
    });
    expect(withErrors(3)).toBe("Publish with 3 errors");
  });

  test("a run that could not end has no errors to count, and is published only knowingly", () => {
    expect(offerOf({ ...RUNNING, status: "FAILED" })).toEqual({
      kind: "failed",
      errors: 0,
      button: "Publish anyway",
    });
  });

  test("a forced candidate is published although its run goes on", () => {
    expect(offerOf({ ...RUNNING, forced: true, version: 13 })).toEqual({
      kind: "published",
      version: 13,
      forced: true,
    });
  });

  test("one that somebody else overtook can only be previewed again", () => {
    expect(offerOf({ ...RUNNING, status: "SUPERSEDED" }).kind).toBe("over");
    expect(offerOf({ ...RUNNING, status: "CANCELLED" }).kind).toBe("over");
  });
});

test("opening the dialog again finds the candidate as long as it can become a version", () => {
  for (const status of ["RUNNING", "READY", "FAILED"] as const) {
    expect(openCandidate({ ...RUNNING, status })?.id).toBe("p1");
  }
  for (const status of ["PUBLISHED", "SUPERSEDED", "CANCELLED"] as const) {
    expect(openCandidate({ ...RUNNING, status })).toBeNull();
  }
  expect(openCandidate({ ...RUNNING, forced: true })).toBeNull();
  expect(openCandidate(null)).toBeNull();
});

test("later changes are said with their number", () => {
  expect(laterChanges(0)).toBe("");
  expect(laterChanges(1)).toBe("1 later change is not in this preview.");
  expect(laterChanges(2)).toBe("2 later changes are not in this preview.");
});

describe("somebody else publishes while the dialog is open", () => {
  const now: PublishingView = {
    published: 13,
    published_at: "2026-10-22T12:00:00Z",
    published_by: "Bo",
    unpublished_changes: true,
    candidate: null,
  };

  test("nothing may be published any more, and the dialog says who was first", () => {
    const sentence = overtaken(12, now, NOW);
    expect(sentence).toMatch(
      /^Version 13 was published meanwhile by Bo, .+\. Changes shows the difference to it/,
    );
    expect(offerOf({ ...RUNNING, status: "READY" }, sentence)).toEqual({ kind: "over", sentence });
  });

  test("the version that the dialog was opened against is no surprise", () => {
    expect(overtaken(13, now, NOW)).toBe("");
  });

  test("unpublishing counts too", () => {
    expect(overtaken(12, { ...now, published: null }, NOW)).toContain("unpublished");
  });
});

describe("a preview that the room tells of no more", () => {
  const view: PublishingView = {
    published: null,
    published_at: "",
    published_by: "",
    unpublished_changes: true,
    candidate: RUNNING,
  };

  test("what took its place is named", () => {
    expect(gone(null, view)).toBe("");
    expect(gone(RUNNING, view)).toBe("");
    expect(gone(RUNNING, { ...view, candidate: { ...RUNNING, id: "p2", author: "Bo" } })).toBe(
      "Bo began a newer preview, which took the place of this one.",
    );
    expect(gone(RUNNING, { ...view, candidate: null })).toBe("This preview was given up.");
  });
});

describe("what works in the logic view and fails in the preview", () => {
  const run = (state: CellRun["state"]): CellRun => ({
    state,
    outputs: [],
    elapsed: null,
    at: "",
    waits_for: "",
  });
  const error = (cell: string, message: string) => ({ cell, name: cell, message });

  test("names that only the logic kernel holds are said, each once", () => {
    const errors = [
      error("a", "NameError: name 'orders' is not defined"),
      error("b", "NameError: name 'orders' is not defined"),
      error("c", "SqlError: There is no data frame named 'sales'. Define it in a cell above this one."),
    ];
    expect(onlyInKernel(errors, { a: run("done"), b: run("stale"), c: run("done") })).toEqual([
      "orders",
      "sales",
    ]);
  });

  test("a cell that fails in the logic view too is no such case", () => {
    expect(
      onlyInKernel([error("a", "NameError: name 'orders' is not defined")], { a: run("error") }),
    ).toEqual([]);
    expect(onlyInKernel([error("a", "KeyError: 'mass'")], { a: run("done") })).toEqual([]);
  });
});
