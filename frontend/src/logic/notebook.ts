// What the parts of the logic view share: the connection, the texts, and what a person can do to the notebook.
//
// `Notebook` is one object per page; its methods read the room as it is when they are called, so that parts of the view
// may keep them for ever. What is selected lives here too: it is this tab's own.

import { createContext, useContext, useSyncExternalStore } from "react";

import { downloadOf, uploadOf } from "../app/actions";
import type { DownloadTable } from "../cells/CellOutput";
import type { Upload } from "../cells/FileField";
import type { Operation, RoomConnection } from "../net/socket";
import type { Saying } from "../ui/Toast";
import type { Cell, Cursor, Document, InputCell } from "../wire";
import { copyOf, isSource, nameOf, newCell, rebased, withType, type SourceCell } from "./cells";
import { setFault } from "./code";
import type { Command } from "./keys";
import { added, rewrittenText, usesRewritten, type Uses } from "./renaming";
import { Texts } from "./texts";

export interface Selection {
  /** The selected cell; "" = none. */
  readonly cell: string;
  /** Its text, or its form, is being edited. */
  readonly editing: boolean;
}

export interface NotebookOptions {
  readonly project: string;
  readonly connection: RoomConnection;
  readonly say: (saying: Saying | string) => void;
  readonly onPalette: () => void;
  readonly onHelp: () => void;
}

const PRESENCE_EVERY = 120;
const FRAMES = 20;

export class Notebook {
  readonly connection: RoomConnection;
  readonly texts: Texts;
  /** Stores a file for the logic session, as a file input takes it. */
  readonly upload: Upload;
  /** Saves a table of the logic session as a file. */
  readonly downloadTable: DownloadTable;
  readonly #options: NotebookOptions;
  readonly #listeners = new Set<() => void>();
  #selection: Selection = { cell: "", editing: false };
  /** A cell that was asked for and is not there yet: focused when it comes. */
  #wanted: Selection | null = null;
  readonly #deleted: string[] = [];
  readonly #made = new Set<string>();
  /** Cells as they were last sent, until the server has answered. */
  readonly #configured = new Map<string, Cell>();
  #presence: Cursor | null = null;
  #telling = false;

  constructor(options: NotebookOptions) {
    this.#options = options;
    this.connection = options.connection;
    this.upload = uploadOf(options.connection, options.project);
    this.downloadTable = downloadOf(options.connection, options.project);
    this.texts = new Texts({
      connection: options.connection,
      onRefused: (text) => options.say({ text, tone: "error" }),
      hooksOf: (cell) => ({
        onLeave: () => this.leave(cell),
        onEdge: (direction) => this.step(direction, true),
        onSelect: (anchor, head) => this.#tell({ cell, anchor, head }),
      }),
    });
  }

  get document(): Document | null {
    return this.connection.getSnapshot().room?.document ?? null;
  }

  get canEdit(): boolean {
    const access = this.connection.getSnapshot().room?.access;
    return access === "CAN_EDIT" || access === "FULL_ACCESS";
  }

  // --- what is selected -------------------------------------------------------------------------------

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSelection = (): Selection => this.#selection;

  select(cell: string, editing = false): void {
    if (this.#selection.cell === cell && this.#selection.editing === editing) return;
    this.#selection = { cell, editing };
    if (!editing) this.#tell(cell ? { cell, anchor: null, head: null } : null);
    for (const listener of this.#listeners) listener();
  }

  /** Selects a cell and moves the focus there: to its text when it is edited, else to the cell itself. */
  focus(cell: string, editing = false): void {
    this.select(cell, editing);
    this.#wanted = null;
    this.#reach(cell, editing, FRAMES);
  }

  /** The text of a cell may appear some frames after it was asked for; the cell itself is the last resort. */
  #reach(cell: string, editing: boolean, frames: number): void {
    requestAnimationFrame(() => {
      const place = document.getElementById(elementId(cell));
      if (!place || this.#selection.cell !== cell || this.#selection.editing !== editing) return;
      const content = editing ? place.querySelector<HTMLElement>(".cm-content, [data-form] input") : null;
      if (editing && !content && frames > 0) {
        this.#reach(cell, editing, frames - 1);
        return;
      }
      (content ?? place).focus({ preventScroll: true });
      place.scrollIntoView({ block: "nearest" });
    });
  }

  /** From the text back to its cell. */
  leave(cell: string): void {
    this.focus(cell, false);
  }

  /** Focuses a cell that was asked for, once it is there. */
  arrive(cells: readonly Cell[]): void {
    const wanted = this.#wanted;
    if (wanted && cells.some((cell) => cell.id === wanted.cell)) this.focus(wanted.cell, wanted.editing);
  }

  step(direction: "previous" | "next" | "first" | "last", editing: boolean): void {
    const cells = this.document?.cells ?? [];
    const at = cells.findIndex((cell) => cell.id === this.#selection.cell);
    const to = { previous: at - 1, next: at + 1, first: 0, last: cells.length - 1 }[direction];
    const cell = cells[Math.max(0, Math.min(cells.length - 1, to))];
    if (!cell || cell.id === this.#selection.cell) return;
    const intoText = editing && isSource(cell) && cell.type !== "markdown";
    this.focus(cell.id, intoText);
    if (intoText) {
      const text = this.texts.get(cell.id);
      text?.edit({ selection: { anchor: direction === "previous" ? text.source.length : 0 } });
    }
  }

  goToLine(cell: string, line: number): void {
    this.focus(cell, true);
    const text = this.texts.get(cell);
    if (!text || line < 1 || line > text.state.doc.lines) return;
    text.edit({ selection: { anchor: text.state.doc.line(line).from }, scrollIntoView: true });
    text.mark(setFault.of(line));
  }

  // --- what changes the notebook ----------------------------------------------------------------------

  /** Sends an operation; a refusal is said at the foot of the page. */
  do(operation: Operation): void {
    this.connection.do(operation).catch((error: unknown) => {
      this.#options.say({ text: error instanceof Error ? error.message : String(error), tone: "error" });
    });
  }

  /** Puts a cell behind another ("" = at the top) and goes there. */
  insert(cell: Cell, after: string): void {
    this.#wanted = { cell: cell.id, editing: true };
    this.#made.add(cell.id);
    this.do({ do: "insert_cell", cell, after });
  }

  insertBeside(id: string, side: "above" | "below"): void {
    const cells = this.document?.cells ?? [];
    const at = cells.findIndex((cell) => cell.id === id);
    const after = side === "below" ? id : (cells[at - 1]?.id ?? "");
    this.#wanted = null;
    const cell = newCell("python");
    this.insert(cell, after);
  }

  delete(id: string): void {
    const cells = this.document?.cells ?? [];
    const at = cells.findIndex((cell) => cell.id === id);
    const cell = cells[at];
    if (!cell) return;
    const neighbour = cells[at + 1] ?? cells[at - 1];
    this.do({ do: "delete_cell", cell: id });
    this.#deleted.push(id);
    if (neighbour) this.focus(neighbour.id);
    else this.select("");
    this.#options.say({
      text: `Deleted ${nameOf(cell, at)}.`,
      action: { name: "Undo", run: () => this.restore(id) },
    });
  }

  /** Brings a deleted cell back: this one, or the one deleted last. */
  restore(id = this.#deleted.at(-1)): void {
    if (!id) return;
    const at = this.#deleted.indexOf(id);
    if (at >= 0) this.#deleted.splice(at, 1);
    this.#wanted = { cell: id, editing: false };
    this.do({ do: "restore_cell", cell: id });
  }

  move(id: string, direction: "up" | "down"): void {
    const cells = this.document?.cells ?? [];
    const at = cells.findIndex((cell) => cell.id === id);
    if (at < 0 || (direction === "up" ? at === 0 : at === cells.length - 1)) return;
    const after = direction === "up" ? (cells[at - 2]?.id ?? "") : (cells[at + 1]?.id ?? "");
    this.#wanted = null;
    this.do({ do: "move_cell", cell: id, after });
    requestAnimationFrame(() => document.getElementById(elementId(id))?.scrollIntoView({ block: "nearest" }));
  }

  duplicate(id: string): void {
    const { document } = this;
    const cell = this.#cell(id);
    if (!document || !cell) return;
    const source = this.texts.get(id)?.source;
    const copy = copyOf(isSource(cell) && source !== undefined ? { ...cell, source } : cell, document);
    this.#wanted = { cell: copy.id, editing: false };
    this.do({ do: "insert_cell", cell: copy, after: id });
  }

  changeType(id: string, type: SourceCell["type"]): void {
    const cell = this.#cell(id);
    if (cell && isSource(cell) && cell.type !== type)
      this.do({ do: "configure_cell", cell: withType(cell, type) });
  }

  /** Changes everything of a cell but its place and source; answers why it was refused, "" where it was not. */
  async configure(next: Cell): Promise<string> {
    const base = this.#cell(next.id);
    const latest = this.#configured.get(next.id) ?? base;
    const cell = base && latest ? rebased(latest, base, next) : next;
    this.#configured.set(cell.id, cell);
    try {
      await this.connection.do({ do: "configure_cell", cell });
      return "";
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      if (this.#configured.get(cell.id) === cell) this.#configured.delete(cell.id);
    }
  }

  /** Gives an input another name; the server writes it into every cell that uses it. Answers as `configure` does. */
  async rename(cell: InputCell, name: string): Promise<string> {
    const before = cell.input.name;
    let uses: Uses = { uses: 0, cells: 0 };
    const stop = this.connection.watch((message) => {
      if (message.type === "events") uses = added(uses, usesRewritten(message.events, cell.id));
    });
    const refused = await this.configure({ ...cell, input: { ...cell.input, name } });
    stop();
    if (refused || uses.uses === 0) return refused;
    this.#options.say({
      text: rewrittenText(uses, name),
      action: {
        name: "Undo",
        run: () => {
          const now = this.#cell(cell.id);
          if (now?.type === "input") void this.rename(now, before);
        },
      },
    });
    return "";
  }

  /** Whether this page made the cell: its form opens by itself. */
  isNew(id: string): boolean {
    return this.#made.has(id);
  }

  run(id: string, only = false): void {
    this.do({ do: "run_cells", cells: [id], only });
  }

  // --- keys -------------------------------------------------------------------------------------------

  /** Does what a key asks for; false where it has no meaning here. */
  obey(command: Command): boolean {
    const { cell } = this.#selection;
    if (command === "palette") return (this.#options.onPalette(), true);
    if (command === "help") return (this.#options.onHelp(), true);
    if (command === "first" || command === "last") return (this.step(command, false), true);
    if (command === "previous" || command === "next") return (this.step(command, false), true);
    if (command === "leave") return (this.leave(cell), true);
    if (!this.canEdit) return false;
    switch (command) {
      case "run":
        this.run(cell);
        this.focus(cell);
        return true;
      case "run_next":
        this.run(cell);
        this.#runOn(cell);
        return true;
      case "run_insert":
        this.run(cell);
        this.insert(newCell("python"), cell);
        return true;
      case "edit":
        this.focus(cell, true);
        return true;
      case "insert_above":
        this.insertBeside(cell, "above");
        return true;
      case "insert_below":
        this.insertBeside(cell, "below");
        return true;
      case "delete":
        this.delete(cell);
        return true;
      case "undo_delete":
        this.restore();
        return true;
      case "move_up":
        this.move(cell, "up");
        return true;
      case "move_down":
        this.move(cell, "down");
        return true;
      case "duplicate":
        this.duplicate(cell);
        return true;
      case "to_python":
        this.changeType(cell, "python");
        return true;
      case "to_markdown":
        this.changeType(cell, "markdown");
        return true;
      case "to_sql":
        this.changeType(cell, "sql");
        return true;
      case "interrupt":
        this.do({ do: "interrupt" });
        return true;
      case "restart":
        this.do({ do: "restart_and_run_all" });
        return true;
      default:
        return never(command);
    }
  }

  /** To the next cell, or to a new one below the last. */
  #runOn(id: string): void {
    const cells = this.document?.cells ?? [];
    if (cells.at(-1)?.id === id) this.insert(newCell("python"), id);
    else this.step("next", false);
  }

  #cell(id: string): Cell | undefined {
    return this.document?.cells.find((cell) => cell.id === id);
  }

  /** Tells the others where this caret is, not more often than they can see. */
  #tell(cursor: Cursor | null): void {
    this.#presence = cursor;
    if (this.#telling) return;
    this.#telling = true;
    setTimeout(() => {
      this.#telling = false;
      this.connection.setPresence(this.#presence);
    }, PRESENCE_EVERY);
  }
}

/** The id of a cell's element on the page. */
export function elementId(cell: string): string {
  return `cell-${cell}`;
}

const NotebookContext = createContext<Notebook | null>(null);
export const NotebookProvider = NotebookContext.Provider;

export function useNotebook(): Notebook {
  const notebook = useContext(NotebookContext);
  if (!notebook) throw new Error("A part of the notebook stands outside of it.");
  return notebook;
}

export function useSelection(notebook: Notebook): Selection {
  return useSyncExternalStore(notebook.subscribe, notebook.getSelection);
}

function never(value: never): never {
  throw new Error(`A command of an unknown kind: ${String(value)}`);
}
