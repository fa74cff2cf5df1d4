// A room as this member sees it: made from a Snapshot, moved on by events, never changed in place.
//
// `applyEvents` mirrors `replay` of `vernissage.core.operations` and the session's events. A room that replays what
// the server sent holds what the server holds. Where it cannot (`Diverged`), the connection asks for a new snapshot.
// Everything here is pure; parts that an event does not touch keep their identity, so that a view may compare by `===`.

import { applyChanges, Diverged } from "./text";
import type {
  AnyOutput,
  AppView,
  Cell,
  CellRun,
  Document,
  DraftEvent,
  KernelStatus,
  LiveView,
  Member,
  Notice,
  PublishingView,
  ResultsView,
  RoomEvent,
  RunProgress,
  SessionEvent,
  Snapshot,
} from "../wire";

export interface Room {
  readonly seq: number;
  readonly session: string;
  readonly kind: Snapshot["kind"];
  readonly access: Snapshot["access"];
  readonly members: readonly Member[];
  /** The whole draft; null in apps and previews. */
  readonly document: Document | null;
  /** Cell id → version of its text. */
  readonly texts: Readonly<Record<string, number>>;
  /** The app's page; null in the logic view. */
  readonly app: AppView | null;
  readonly version: number | null;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Input → who set it last since the snapshot. */
  readonly setBy: Readonly<Record<string, SetBy>>;
  readonly waiting: readonly string[];
  readonly cells: Readonly<Record<string, CellRun>>;
  readonly kernel: KernelStatus;
  readonly run: RunProgress | null;
  readonly results: ResultsView | null;
  /** Set while several people share this session. */
  readonly live: LiveView | null;
  readonly publishing: PublishingView | null;
  readonly notices: readonly Notice[];
}

export interface SetBy {
  /** The member's name; "" = the server. */
  readonly name: string;
  /** Counts up, so that two changes by one person are two. */
  readonly count: number;
}

export const EMPTY_RUN: CellRun = { state: "empty", outputs: [], elapsed: null, at: "", waits_for: "" };

/** The room that a snapshot describes. */
export function roomOf(snapshot: Snapshot): Room {
  const { type: _, ...room } = snapshot;
  return { ...room, setBy: {} };
}

/** The room after a batch of events; `seq` is that of the last one, seen or not. */
export function applyEvents(room: Room, events: readonly RoomEvent[], seq: number = room.seq): Room {
  let next = room;
  for (const event of events) next = applyEvent(next, event);
  return next.seq === seq ? next : { ...next, seq };
}

/** The room after one event. */
export function applyEvent(room: Room, event: RoomEvent): Room {
  switch (event.event) {
    case "publishing_changed":
      return { ...room, publishing: event.publishing };
    case "results_changed":
      return { ...room, results: event.results };
    case "live_changed":
      return { ...room, live: event.live };
    case "notice_given":
      return { ...room, notices: withNotice(room.notices, event.notice) };
    case "cell_inserted":
    case "cell_deleted":
    case "cell_moved":
    case "text_edited":
    case "cell_configured":
    case "layout_changed":
    case "settings_changed":
    case "title_changed":
    case "files_changed":
    case "document_replaced":
      // A room without the document (an app) is told of no draft; ignoring one keeps a stray event harmless.
      return room.document ? applyDraftEvent(room, room.document, event) : room;
    case "inputs_changed":
    case "button_pressed":
    case "cell_changed":
    case "output_added":
    case "output_updated":
    case "stream_continued":
    case "cells_replaced":
    case "kernel_changed":
    case "run_changed":
      return applySessionEvent(room, event);
    default:
      return never(event);
  }
}

/** A notice takes the place of an older one of its kind: the newest sentence counts. */
function withNotice(notices: readonly Notice[], notice: Notice): readonly Notice[] {
  return [...notices.filter((other) => other.code !== notice.code), notice];
}

// --- the draft ----------------------------------------------------------------------------------------

function applyDraftEvent(room: Room, document: Document, event: DraftEvent): Room {
  switch (event.event) {
    case "cell_inserted": {
      const at = event.after ? place(document, event.after) + 1 : 0;
      const cells = [...document.cells.slice(0, at), event.cell, ...document.cells.slice(at)];
      return {
        ...room,
        document: { ...document, cells, app: event.app },
        texts: { ...room.texts, [event.cell.id]: event.text_version },
      };
    }
    case "cell_deleted": {
      const { [event.cell]: _text, ...texts } = room.texts;
      const { [event.cell]: _run, ...cells } = room.cells;
      const left = document.cells.filter((cell) => cell.id !== event.cell);
      return { ...room, document: { ...document, cells: left, app: event.app }, texts, cells };
    }
    case "cell_moved": {
      const cell = cellAt(document, place(document, event.cell));
      const rest = document.cells.filter((other) => other.id !== event.cell);
      const at = rest.findIndex((other) => other.id === event.after) + 1;
      return { ...room, document: { ...document, cells: [...rest.slice(0, at), cell, ...rest.slice(at)] } };
    }
    case "text_edited": {
      const at = place(document, event.cell);
      const cell = cellAt(document, at);
      if (!("source" in cell)) throw new Diverged(`The cell ${event.cell} has no text.`);
      if ((room.texts[event.cell] ?? 0) !== event.version) throw new Diverged("A text change was missed.");
      let source = cell.source;
      for (const update of event.updates) source = applyChanges(source, update.changes);
      return {
        ...room,
        document: withCell(document, at, { ...cell, source }),
        texts: { ...room.texts, [event.cell]: event.version + event.updates.length },
      };
    }
    case "cell_configured":
      return { ...room, document: withCell(document, place(document, event.cell.id), event.cell) };
    case "layout_changed":
      return { ...room, document: { ...document, app: event.app } };
    case "settings_changed": {
      const { settings, description, timezone, packages } = event;
      return { ...room, document: { ...document, settings, description, timezone, packages } };
    }
    case "title_changed":
      return { ...room, document: { ...document, title: event.title } };
    case "files_changed":
      return { ...room, document: { ...document, files: event.files } };
    case "document_replaced":
      return { ...room, document: event.document, texts: event.texts };
    default:
      return never(event);
  }
}

function place(document: Document, id: string): number {
  const at = document.cells.findIndex((cell) => cell.id === id);
  if (at < 0) throw new Diverged(`An event names the cell ${id}, which this replica has not.`);
  return at;
}

function cellAt(document: Document, at: number): Cell {
  const cell = document.cells[at];
  if (!cell) throw new Diverged(`There is no cell at place ${at}.`);
  return cell;
}

function withCell(document: Document, at: number, cell: Cell): Document {
  return { ...document, cells: [...document.cells.slice(0, at), cell, ...document.cells.slice(at + 1)] };
}

// --- the session --------------------------------------------------------------------------------------

function applySessionEvent(room: Room, event: SessionEvent): Room {
  switch (event.event) {
    case "inputs_changed": {
      const setBy = { ...room.setBy };
      for (const name of Object.keys(event.values)) {
        setBy[name] = { name: event.by, count: (setBy[name]?.count ?? 0) + 1 };
      }
      return { ...room, inputs: { ...room.inputs, ...event.values }, setBy };
    }
    case "button_pressed": {
      const others = room.waiting.filter((name) => name !== event.name);
      return { ...room, waiting: event.waiting ? [...others, event.name] : others };
    }
    case "cell_changed": {
      const run = runOf(room, event.cell);
      const { state, elapsed, at, waits_for } = event;
      return withRun(room, event.cell, {
        state,
        elapsed,
        at,
        waits_for,
        outputs: event.clear ? [] : run.outputs,
      });
    }
    case "output_added": {
      const run = runOf(room, event.cell);
      return withRun(room, event.cell, {
        ...run,
        outputs: event.first ? [event.output] : [...run.outputs, event.output],
      });
    }
    case "output_updated": {
      const run = runOf(room, event.cell);
      if (event.index >= run.outputs.length) throw new Diverged("An output was missed.");
      return withRun(room, event.cell, {
        ...run,
        outputs: run.outputs.map((output, i) => (i === event.index ? event.output : output)),
      });
    }
    case "stream_continued": {
      const run = runOf(room, event.cell);
      const last: AnyOutput | undefined = run.outputs.at(-1);
      if (last?.output !== "stream" || last.name !== event.name)
        throw new Diverged("Printed text was missed.");
      return withRun(room, event.cell, {
        ...run,
        outputs: [...run.outputs.slice(0, -1), { ...last, text: last.text + event.text }],
      });
    }
    case "cells_replaced":
      return { ...room, cells: event.cells };
    case "kernel_changed":
      return { ...room, kernel: event.kernel };
    case "run_changed":
      return { ...room, run: event.run };
    default:
      return never(event);
  }
}

function runOf(room: Room, cell: string): CellRun {
  return room.cells[cell] ?? EMPTY_RUN;
}

function withRun(room: Room, cell: string, run: CellRun): Room {
  return { ...room, cells: { ...room.cells, [cell]: run } };
}

function never(value: never): never {
  throw new Error(`A message of an unknown kind: ${JSON.stringify(value)}`);
}
