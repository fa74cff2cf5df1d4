// The keyboard does what people know from Jupyter.

import { describe, expect, test } from "vitest";

import { press, type Command, type Mode, type Stroke } from "./keys";

function stroke(keys: string): Stroke {
  const parts = keys.split(" ");
  const key = parts.at(-1) ?? "";
  const has = (name: string): boolean => parts.slice(0, -1).includes(name);
  return { key, shift: has("Shift"), alt: has("Alt"), ctrl: has("Ctrl"), meta: has("Meta") };
}

function commandOf(mode: Mode, keys: string): Command | null {
  return press(mode, "", stroke(keys)).command;
}

describe("in every mode", () => {
  test.each<[string, Command]>([
    ["Shift Enter", "run_next"],
    ["Ctrl Enter", "run"],
    ["Meta Enter", "run"],
    ["Alt Enter", "run_insert"],
    ["Ctrl Shift ArrowUp", "move_up"],
    ["Meta Shift ArrowDown", "move_down"],
    ["Ctrl k", "palette"],
    ["Meta k", "palette"],
  ])("%s → %s", (keys, command) => {
    for (const mode of ["command", "edit", "field"] as const) expect(commandOf(mode, keys)).toBe(command);
  });
});

describe("command mode", () => {
  test.each<[string, Command]>([
    ["Enter", "edit"],
    ["ArrowUp", "previous"],
    ["j", "next"],
    ["k", "previous"],
    ["a", "insert_above"],
    ["b", "insert_below"],
    ["z", "undo_delete"],
    ["m", "to_markdown"],
    ["y", "to_python"],
    ["Shift ?", "help"],
  ])("%s → %s", (keys, command) => {
    expect(commandOf("command", keys)).toBe(command);
  });

  test("D deletes only when it is pressed twice in a row", () => {
    const once = press("command", "", stroke("d"));
    expect(once).toEqual({ command: null, pending: "d" });
    expect(press("command", once.pending, stroke("d"))).toEqual({ command: "delete", pending: "" });
    const between = press("command", once.pending, stroke("j"));
    expect(between).toEqual({ command: "next", pending: "" });
    expect(press("command", between.pending, stroke("d")).command).toBeNull();
  });

  test("a browser's own shortcuts stay the browser's", () => {
    for (const keys of ["Ctrl a", "Ctrl b", "Meta d", "Alt ArrowUp", "Ctrl z"]) {
      expect(commandOf("command", keys)).toBeNull();
    }
  });
});

describe("edit and field mode", () => {
  test("letters, arrows and Enter belong to the text", () => {
    for (const keys of ["a", "b", "d", "z", "Enter", "ArrowUp", "Escape", "?"]) {
      expect(press("edit", "d", stroke(keys))).toEqual({ command: null, pending: "" });
    }
  });

  test("Escape leaves a field", () => {
    expect(commandOf("field", "Escape")).toBe("leave");
    expect(commandOf("field", "a")).toBeNull();
  });
});
