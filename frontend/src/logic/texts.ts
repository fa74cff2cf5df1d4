// The texts of a notebook: one `CellText` for each cell that was opened, fed from the room.
//
// A cell's text is made when its editor comes near the window and lives as long as the cell: it keeps its undo history
// and what was not sent yet, also while no editor shows it.

import type { RoomConnection } from "../net/socket";
import type { Events, Member, Snapshot } from "../wire";
import { isSource, type SourceCell } from "./cells";
import {
  codeExtensions,
  setEditable,
  setLanguage,
  setOthers,
  type CodeHooks,
  type OtherCursor,
} from "./code";
import { CellText } from "./collab";

export interface TextsOptions {
  readonly connection: RoomConnection;
  readonly hooksOf: (cell: string) => Pick<CodeHooks, "onLeave" | "onEdge" | "onSelect">;
  readonly onRefused: (sentence: string) => void;
}

export class Texts {
  readonly #connection: RoomConnection;
  readonly #hooksOf: TextsOptions["hooksOf"];
  readonly #onRefused: TextsOptions["onRefused"];
  readonly #texts = new Map<string, CellText>();
  #members: readonly Member[] = [];
  #editable = false;

  constructor(options: TextsOptions) {
    this.#connection = options.connection;
    this.#hooksOf = options.hooksOf;
    this.#onRefused = options.onRefused;
  }

  /** Follows the room until the answer is called. */
  follow(): () => void {
    return this.#connection.watch((message) => this.#hear(message));
  }

  get(cell: string): CellText | undefined {
    return this.#texts.get(cell);
  }

  /** The text of a cell, made at its first use. */
  open(cell: SourceCell, label: string): CellText {
    const known = this.#texts.get(cell.id);
    if (known) return known;
    const version = this.#connection.getSnapshot().room?.texts[cell.id] ?? 0;
    const text: CellText = new CellText({
      cell: cell.id,
      client: this.#connection.client,
      source: cell.source,
      version,
      push: (operation) => this.#connection.do(operation),
      onRefused: this.#onRefused,
      extensions: codeExtensions(cell.type, label, this.#editable, {
        ...this.#hooksOf(cell.id),
        onChange: () => text.changed(),
        complete: async (code, cursor) =>
          cell.type === "markdown"
            ? null
            : this.#connection.ask({ ask: "completion", code, cursor }).catch(() => null),
        inspect: async (code, cursor) =>
          this.#connection.ask({ ask: "inspection", code, cursor }).then(
            (answer) => answer.text,
            () => "",
          ),
      }),
    });
    this.#texts.set(cell.id, text);
    this.#showOthers(text);
    return text;
  }

  /** Something typed here has not reached the server. */
  get unsaved(): boolean {
    return [...this.#texts.values()].some((text) => text.unsaved);
  }

  setEditable(editable: boolean): void {
    if (editable === this.#editable) return;
    this.#editable = editable;
    for (const text of this.#texts.values()) text.mark(setEditable(editable));
  }

  /** The others' carets. */
  setMembers(members: readonly Member[]): void {
    if (members === this.#members) return;
    this.#members = members;
    for (const text of this.#texts.values()) this.#showOthers(text);
  }

  #showOthers(text: CellText): void {
    const cursors = this.#members.flatMap(({ you, name, color, cursor }): OtherCursor[] => {
      if (you || cursor?.cell !== text.cell || cursor.anchor === null) return [];
      return [
        { name, color: 1 + ((color + 3) % 4), anchor: cursor.anchor, head: cursor.head ?? cursor.anchor },
      ];
    });
    text.mark(setOthers.of(cursors));
  }

  #hear(message: Snapshot | Events): void {
    if (message.type === "snapshot") {
      this.#replaceAll();
      return;
    }
    for (const event of message.events) {
      switch (event.event) {
        case "text_edited":
          this.#texts.get(event.cell)?.receive(event);
          break;
        case "cell_deleted":
          this.#texts.delete(event.cell);
          break;
        case "cell_configured":
          if (isSource(event.cell)) this.#texts.get(event.cell.id)?.mark(setLanguage(event.cell.type));
          break;
        case "document_replaced":
          this.#replaceAll();
          break;
        default:
      }
    }
  }

  #replaceAll(): void {
    const room = this.#connection.getSnapshot().room;
    const cells = new Map(room?.document?.cells.map((cell) => [cell.id, cell]));
    for (const [id, text] of this.#texts) {
      const cell = cells.get(id);
      if (cell && isSource(cell)) text.replace(cell.source, room?.texts[id] ?? 0);
      else this.#texts.delete(id);
    }
  }
}
