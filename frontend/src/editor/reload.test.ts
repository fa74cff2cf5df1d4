import { expect, test } from "vitest";

import { reloadOnce } from "./reload";

const MISSING = new TypeError("Failed to fetch dynamically imported module: https://a.example/static/x.js");

function storage(): Pick<Storage, "getItem" | "setItem"> {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

test("a part of the page that is gone is loaded anew once, not again and again", () => {
  const store = storage();
  let reloads = 0;
  const reload = (): void => void reloads++;
  const now = 1_800_000_000_000;
  expect(reloadOnce(MISSING, store, now, reload)).toBe(true);
  expect(reloadOnce(MISSING, store, now + 1_000, reload)).toBe(false);
  expect(reloadOnce(MISSING, store, now + 3_600_000, reload)).toBe(true);
  expect(reloads).toBe(2);
});

test("other errors are shown, and so are all where nothing can be remembered", () => {
  let reloads = 0;
  const reload = (): void => void reloads++;
  expect(reloadOnce(new Error("x is undefined"), storage(), 1_800_000_000_000, reload)).toBe(false);
  const closed = {
    getItem: () => {
      throw new DOMException("denied", "SecurityError");
    },
    setItem: () => {},
  };
  expect(reloadOnce(MISSING, closed, 1_800_000_000_000, reload)).toBe(false);
  expect(reloads).toBe(0);
});
