// Going on in a new session with the inputs of an old one, or with inputs that were kept for it.
//
// Promises: no output stands unmarked beside an input value that it was not computed from. What the page showed stays
// on show and counts as waiting until the new session has computed it. Pure.

import type { Room } from "./room";
import { EMPTY_RUN } from "./room";
import { sameValue } from "./values";
import type { CellRun } from "../wire";

export type Values = Readonly<Record<string, unknown>>;

/** What a page may carry along: its values but those of run buttons, whose press is an event. */
export function valuesToCarry(room: Pick<Room, "app" | "inputs">): Values {
  const buttons = new Set(
    (room.app?.cells ?? []).flatMap(({ input }) => (input?.kind === "button" ? [input.name] : [])),
  );
  return Object.fromEntries(Object.entries(room.inputs).filter(([name]) => !buttons.has(name)));
}

/** The values that the room has not: of names that it knows, where they are others. */
export function differing(room: Room, values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([name, value]) => name in room.inputs && !sameValue(room.inputs[name], value),
    ),
  );
}

/** The room of an ended session while the new one is on its way: all that it shows waits. */
export function waitingRoom(room: Room): Room {
  return {
    ...room,
    cells: waiting(room.cells),
    kernel: { ...room.kernel, state: "starting", sentence: "", position: 0 },
    run: null,
    results: null,
    live: null,
    members: room.members.filter(({ you }) => you),
  };
}

/** A new session's room that is about to be given other values: it shows what the old one showed, waiting. */
export function carriedInto(room: Room, old: Room | null): Room {
  const shown = old?.cells ?? {};
  const cells = Object.fromEntries(
    Object.entries(room.cells).map(([id, run]) => [
      id,
      { ...run, state: "queued" as const, outputs: (shown[id] ?? EMPTY_RUN).outputs },
    ]),
  );
  return { ...room, cells, results: null, kernel: { ...room.kernel, state: "starting" } };
}

function waiting(cells: Readonly<Record<string, CellRun>>): Readonly<Record<string, CellRun>> {
  return Object.fromEntries(
    Object.entries(cells).map(([id, run]) => [id, { ...run, state: "queued" as const }]),
  );
}
