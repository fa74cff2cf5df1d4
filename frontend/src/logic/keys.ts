// The keyboard of the notebook: which key means what, where.
//
// Two modes, as in Jupyter. In *edit* mode the keys belong to the cell's text, but for those that run and move. In
// *command* mode the cell itself is selected, and single letters act on it. In *field* mode a form or a button inside a
// cell has the focus: only what runs and Escape are taken from it. Pure: a stroke in, a command out.

export type Mode = "command" | "edit" | "field";

export type Command =
  | "run"
  | "run_next"
  | "run_insert"
  | "edit"
  | "leave"
  | "previous"
  | "next"
  | "first"
  | "last"
  | "insert_above"
  | "insert_below"
  | "delete"
  | "undo_delete"
  | "move_up"
  | "move_down"
  | "duplicate"
  | "to_python"
  | "to_markdown"
  | "to_sql"
  | "interrupt"
  | "restart"
  | "palette"
  | "help";

export interface Stroke {
  readonly key: string;
  readonly shift: boolean;
  readonly alt: boolean;
  /** Ctrl. */
  readonly ctrl: boolean;
  /** Cmd on a Mac. */
  readonly meta: boolean;
}

export interface Pressed {
  readonly command: Command | null;
  /** The first key of a pair (D D), to be handed in with the next stroke. */
  readonly pending: string;
}

/** Pairs of one key, as Jupyter has them. */
const PAIRS: Readonly<Record<string, Command>> = { d: "delete", i: "interrupt", "0": "restart" };

const LETTERS: Readonly<Record<string, Command>> = {
  Enter: "edit",
  ArrowUp: "previous",
  ArrowDown: "next",
  k: "previous",
  j: "next",
  Home: "first",
  End: "last",
  a: "insert_above",
  b: "insert_below",
  z: "undo_delete",
  c: "duplicate",
  m: "to_markdown",
  y: "to_python",
  s: "to_sql",
  "?": "help",
};

/** What a stroke means, and what to remember for the next one. */
export function press(mode: Mode, pending: string, stroke: Stroke): Pressed {
  const command = withModifiers(stroke) ?? (mode === "field" && stroke.key === "Escape" ? "leave" : null);
  if (command) return { command, pending: "" };
  // Letters act in command mode only; a text keeps its own.
  if (mode !== "command" || stroke.ctrl || stroke.meta || stroke.alt) return { command: null, pending: "" };
  const key = stroke.key.length === 1 ? stroke.key.toLowerCase() : stroke.key;
  if (stroke.shift && key !== "?") return { command: null, pending: "" };
  const pair = PAIRS[key];
  if (pair) return pending === key ? { command: pair, pending: "" } : { command: null, pending: key };
  return { command: LETTERS[key] ?? null, pending: "" };
}

function withModifiers({ key, shift, alt, ctrl, meta }: Stroke): Command | null {
  const mod = ctrl || meta;
  if (key === "Enter") {
    if (mod && !alt && !shift) return "run";
    if (shift && !mod && !alt) return "run_next";
    if (alt && !mod && !shift) return "run_insert";
    return null;
  }
  if (mod && shift && !alt && key === "ArrowUp") return "move_up";
  if (mod && shift && !alt && key === "ArrowDown") return "move_down";
  if (mod && !shift && !alt && key.toLowerCase() === "k") return "palette";
  return null;
}

/** The list that "?" shows. */
export const HELP: readonly { readonly keys: string; readonly does: string }[] = [
  { keys: "Shift Enter", does: "Run the cell, go to the next" },
  { keys: "Ctrl Enter", does: "Run the cell" },
  { keys: "Alt Enter", does: "Run the cell, add one below" },
  { keys: "Esc", does: "Leave the text, select the cell" },
  { keys: "Enter", does: "Edit the selected cell" },
  { keys: "↑ ↓ or K J", does: "Select the cell above, below" },
  { keys: "A B", does: "Add a cell above, below" },
  { keys: "D D", does: "Delete the cell" },
  { keys: "Z", does: "Undo the delete" },
  { keys: "C", does: "Duplicate the cell" },
  { keys: "M Y S", does: "Make it Markdown, Python, SQL" },
  { keys: "Ctrl Shift ↑ ↓", does: "Move the cell" },
  { keys: "I I", does: "Interrupt the run" },
  { keys: "0 0", does: "Restart and run all" },
  { keys: "Ctrl K", does: "Commands" },
];
