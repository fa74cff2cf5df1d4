// Text that several people edit at once, for those who do not have it open in an editor.
//
// A change set is CodeMirror's JSON: a number keeps that many units, a list `[deleted, line, …]` deletes and
// inserts. Lengths are UTF-16 code units, which is what JavaScript's strings count in. The server checked every
// change set before it reported it, so one that does not fit means that this replica has diverged.

export type ChangeSet = readonly (number | readonly (number | string)[])[];

/** This replica of a text is not the server's; only a new snapshot helps. */
export class Diverged extends Error {}

/** The text after a change set; pure. */
export function applyChanges(text: string, changes: ChangeSet): string {
  let out = "";
  let at = 0;
  for (const part of changes) {
    if (typeof part === "number") {
      out += text.slice(at, at + part);
      at += part;
    } else {
      const [deleted, ...lines] = part;
      out += lines.join("\n");
      at += Number(deleted);
    }
  }
  if (at !== text.length) throw new Diverged("A text change was made on another version of this text.");
  return out;
}
