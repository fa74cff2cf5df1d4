// The text of one cell, edited by several people at once.
//
// The server is the authority: it takes change sets only on the text's current version. A `CellText` holds the local
// text, ahead of the server's by what was typed since; it pushes one batch at a time, takes everybody's batches in the
// server's order, and rebases its own on top. Its own batch, coming back among the events, is its confirmation.
//
//   typed ──push──► in flight ──own event──► confirmed
//     ▲                 └──refused: others were first, their event came before──┐
//     └────────────────────────rebased, pushed again────────────────────────────┘
//
// Promises: nothing typed is lost over a refusal or a lost connection; nothing is applied twice. After a snapshot, which
// tells no steps, the difference to the text last agreed on is taken as one step of the server's.
//
// Left alone: how the text looks (`code`), which texts there are (`texts`), the connection.

import { collab, getSyncedVersion, receiveUpdates, sendableUpdates } from "@codemirror/collab";
import {
  ChangeSet,
  EditorState,
  Text,
  type Extension,
  type StateEffect,
  type Transaction,
  type TransactionSpec,
} from "@codemirror/state";

import type { EditText, TextEdited } from "../wire";

/** Where the text is shown; it takes transactions instead of the text itself. */
export interface TextView {
  readonly state: EditorState;
  dispatch(transaction: Transaction): void;
}

export interface CellTextOptions {
  readonly cell: string;
  /** This tab's id: tells own changes from others'. */
  readonly client: string;
  readonly source: string;
  readonly version: number;
  readonly extensions?: Extension;
  /** Resolves when the server has applied it; rejects where it refused. */
  readonly push: (operation: EditText) => Promise<void>;
  /** The server refused an edit for what it is, not for when it came. */
  readonly onRefused?: (sentence: string) => void;
}

const SERVER = "server";

export class CellText {
  readonly cell: string;
  readonly #client: string;
  readonly #push: CellTextOptions["push"];
  readonly #onRefused: (sentence: string) => void;

  #state: EditorState;
  #view: TextView | null = null;
  /** The text that the server and this tab agree on. */
  #agreed: Text;
  /** The server's version minus CodeMirror's, which counts a whole snapshot as one step. */
  #offset = 0;
  #flying: { readonly version: number; readonly changes: readonly ChangeSet[] } | null = null;
  /** A snapshot that came while a batch was in flight: whether it holds that batch is known with the batch's answer. */
  #held: { readonly source: string; readonly version: number; readonly later: TextEdited[] } | null = null;

  constructor(options: CellTextOptions) {
    this.cell = options.cell;
    this.#client = options.client;
    this.#push = options.push;
    this.#onRefused = options.onRefused ?? (() => undefined);
    this.#state = EditorState.create({
      doc: options.source,
      extensions: [
        collab({ startVersion: options.version, clientID: options.client }),
        // A source holds no carriage return, wherever it was pasted from.
        EditorState.lineSeparator.of("\n"),
        options.extensions ?? [],
      ],
    });
    this.#agreed = this.#state.doc;
  }

  get state(): EditorState {
    return this.#view?.state ?? this.#state;
  }

  /** The server's version that the local text stands on. */
  get version(): number {
    return getSyncedVersion(this.state) + this.#offset;
  }

  get source(): string {
    return this.state.doc.toString();
  }

  /** Something typed here has not been confirmed. */
  get unsaved(): boolean {
    return sendableUpdates(this.state).length > 0;
  }

  attach(view: TextView): void {
    this.#view = view;
  }

  detach(): void {
    if (this.#view) this.#state = this.#view.state;
    this.#view = null;
  }

  /** Changes the text as its owner would by typing. */
  edit(spec: TransactionSpec): void {
    this.#apply(this.state.update(spec));
    this.changed();
  }

  /** Marks something in the text without changing it. */
  mark(effects: StateEffect<unknown> | readonly StateEffect<unknown>[]): void {
    this.#apply(this.state.update({ effects }));
  }

  /** Called after each local change. */
  changed(): void {
    this.#send();
  }

  /** A batch that the server applied, own or somebody else's. */
  receive(event: TextEdited): void {
    if (this.#held) {
      this.#held.later.push(event);
      return;
    }
    if (event.version + event.updates.length <= this.version) return;
    const updates = event.updates.map((update) => ({
      clientID: update.client,
      changes: ChangeSet.fromJSON(update.changes),
    }));
    for (const update of updates) this.#agreed = update.changes.apply(this.#agreed);
    this.#apply(receiveUpdates(this.state, updates));
    this.#send();
  }

  /** The whole text as the server has it, after steps that were missed. */
  replace(source: string, version: number): void {
    if (version === this.version) return;
    if (this.#flying) this.#held = { source, version, later: [] };
    else this.#resync(source, version);
    this.#send();
  }

  #apply(transaction: Transaction): void {
    if (this.#view) this.#view.dispatch(transaction);
    else this.#state = transaction.state;
  }

  #send(): void {
    if (this.#flying || this.#held) return;
    const updates = sendableUpdates(this.state);
    if (updates.length === 0) return;
    const flying = { version: this.version, changes: updates.map((update) => update.changes) };
    this.#flying = flying;
    const operation: EditText = {
      do: "edit_text",
      cell: this.cell,
      version: flying.version,
      updates: flying.changes.map((changes) => ({
        client: this.#client,
        changes: changes.toJSON() as EditText["updates"][number]["changes"],
      })),
    };
    this.#push(operation).then(
      () => this.#landed(true, ""),
      (error: unknown) => this.#landed(false, error instanceof Error ? error.message : String(error)),
    );
  }

  #landed(applied: boolean, sentence: string): void {
    const flying = this.#flying;
    this.#flying = null;
    if (!flying) return;
    const held = this.#held;
    if (held) {
      this.#held = null;
      const after = flying.changes.reduce((doc, changes) => changes.apply(doc), this.#agreed);
      // A server that restarted has forgotten whose batch it was, but its text shows that it took it.
      if (applied || after.toString() === held.source) {
        this.#agreed = after;
        const own = flying.changes.map((changes) => ({ clientID: this.#client, changes }));
        this.#apply(receiveUpdates(this.state, own));
      }
      this.#resync(held.source, held.version);
      for (const event of held.later) this.receive(event);
    } else if (!applied && this.version === flying.version) {
      // Nobody was faster, so the edit itself was refused. It stays here and is tried again with the next one.
      this.#onRefused(sentence);
      return;
    }
    this.#send();
  }

  #resync(source: string, version: number): void {
    const changes = difference(this.#agreed, source);
    if (changes) {
      this.#agreed = changes.apply(this.#agreed);
      this.#apply(receiveUpdates(this.state, [{ clientID: SERVER, changes }]));
    }
    this.#offset = version - getSyncedVersion(this.state);
  }
}

/** One replacement between the common start and the common end; null where the texts are equal. */
function difference(old: Text, text: string): ChangeSet | null {
  const before = old.toString();
  if (before === text) return null;
  const most = Math.min(before.length, text.length);
  let start = 0;
  while (start < most && before[start] === text[start]) start++;
  if (halfCharacter(before, start)) start--;
  let end = 0;
  while (end < most - start && before[before.length - 1 - end] === text[text.length - 1 - end]) end++;
  if (halfCharacter(before, before.length - end)) end--;
  const insert = Text.of(text.slice(start, text.length - end).split("\n"));
  return ChangeSet.of({ from: start, to: before.length - end, insert }, before.length);
}

/** Whether a cut here would divide a character of two units. */
function halfCharacter(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return at > 0 && at < text.length && code >= 0xdc00 && code <= 0xdfff;
}
