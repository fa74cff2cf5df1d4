// Texts that several edit at once end equal, whatever the order, the refusals and the losses.

import { describe, expect, test } from "vitest";

import { roomOf, applyEvent, type Room } from "../core/room";
import type { EditText, PythonCell, Snapshot, TextEdited } from "../wire";
import { CellText } from "./collab";

const ID = "c";

function startRoom(source: string): Room {
  const cell: PythonCell = { type: "python", id: ID, label: "", source };
  const snapshot: Snapshot = {
    type: "snapshot",
    seq: 1,
    session: "s",
    kind: "logic",
    access: "CAN_EDIT",
    members: [],
    document: {
      title: "t",
      description: "",
      timezone: "UTC",
      settings: {
        on_open: "published_results",
        on_interaction: "auto",
        viewers_may_refresh: false,
        refresh_after: 0,
        interrupt_superseded: false,
        ready_kernels: 0,
      },
      cells: [cell],
      app: null,
      packages: [],
      files: [],
    },
    texts: {},
    app: null,
    version: null,
    inputs: {},
    waiting: [],
    cells: {},
    kernel: { state: "none", sentence: "", python: "", started_at: "", position: 0 },
    run: null,
    results: null,
    live: null,
    publishing: null,
    notices: [],
  };
  return roomOf(snapshot);
}

/** The server's side: the page's own reducer keeps its text; versions decide who was first. */
class Authority {
  room: Room;
  readonly members = new Set<Member>();

  constructor(source: string) {
    this.room = startRoom(source);
  }

  get source(): string {
    const cell = this.room.document?.cells[0];
    return cell && "source" in cell ? cell.source : "";
  }

  get version(): number {
    return this.room.texts[ID] ?? 0;
  }

  apply(operation: EditText): boolean {
    if (operation.version !== this.version) return false;
    const event: TextEdited = {
      event: "text_edited",
      cell: ID,
      version: this.version,
      updates: operation.updates,
    };
    this.room = applyEvent(this.room, event);
    for (const member of this.members) member.arriving.push(event);
    return true;
  }
}

interface Sent {
  readonly operation: EditText;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A tab with a line to the server that carries a message only when the test says so. */
class Member {
  readonly text: CellText;
  readonly sent: Sent[] = [];
  readonly arriving: TextEdited[] = [];
  readonly refusals: string[] = [];

  readonly server: Authority;

  constructor(server: Authority, client: string) {
    this.server = server;
    this.text = new CellText({
      cell: ID,
      client,
      source: server.source,
      version: server.version,
      push: (operation) =>
        new Promise((resolve, reject) => {
          this.sent.push({ operation, resolve, reject });
        }),
      onRefused: (sentence) => this.refusals.push(sentence),
    });
    server.members.add(this);
  }

  type(at: number, insert: string): void {
    this.text.edit({ changes: { from: Math.min(at, this.text.source.length), insert } });
  }

  remove(from: number, to: number): void {
    const { length } = this.text.source;
    this.text.edit({ changes: { from: Math.min(from, length), to: Math.min(to, length) } });
  }

  /** The server takes the oldest message; its events arrive before its answer, as on the wire. */
  async deliver(): Promise<void> {
    const sent = this.sent.shift();
    if (!sent) return;
    const applied = this.server.apply(sent.operation);
    this.hear();
    if (applied) sent.resolve();
    else sent.reject(new Error("Somebody else edited this text at the same moment."));
    await Promise.resolve();
    await Promise.resolve();
  }

  hear(most = Infinity): void {
    for (const event of this.arriving.splice(0, most)) this.text.receive(event);
  }
}

async function settle(members: readonly Member[]): Promise<void> {
  for (let round = 0; round < 200; round++) {
    for (const member of members) {
      member.hear();
      await member.deliver();
    }
    if (members.every((member) => member.sent.length === 0 && member.arriving.length === 0)) return;
  }
  throw new Error("The texts never came to rest.");
}

describe("one tab", () => {
  test("what is typed reaches the server in order, one batch at a time", async () => {
    const server = new Authority("x = 1");
    const ana = new Member(server, "ana");
    ana.type(5, "2");
    ana.type(6, "3");
    expect(ana.sent).toHaveLength(1);
    await settle([ana]);
    expect(server.source).toBe("x = 123");
    expect(server.version).toBe(2);
    expect(ana.text.unsaved).toBe(false);
  });

  test("an edit that the server refuses for what it is stays in the page, and is said", async () => {
    const server = new Authority("x");
    const ana = new Member(server, "ana");
    ana.type(1, "y");
    ana.sent.shift()?.reject(new Error("A cell holds at most 1,000,000 characters."));
    await Promise.resolve();
    await Promise.resolve();
    expect(ana.refusals).toEqual(["A cell holds at most 1,000,000 characters."]);
    expect(ana.text.source).toBe("xy");
    expect(ana.sent).toHaveLength(0);
    ana.type(2, "z");
    await settle([ana]);
    expect(server.source).toBe("xyz");
  });
});

describe("two tabs", () => {
  test("the later of two edits is rebased on the earlier one and sent again", async () => {
    const server = new Authority("b");
    const ana = new Member(server, "ana");
    const bo = new Member(server, "bo");
    ana.type(0, "a");
    bo.type(1, "c");
    await ana.deliver();
    await bo.deliver();
    await settle([ana, bo]);
    expect(server.source).toBe("abc");
    expect(ana.text.source).toBe("abc");
    expect(bo.text.source).toBe("abc");
    expect(bo.refusals).toEqual([]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("they converge under chaos, seed %i", async (seed) => {
    let chaos = seed * 7919;
    const below = (limit: number): number => {
      chaos = (chaos * 1103515245 + 12345) % 2147483648;
      return chaos % limit;
    };
    const server = new Authority("alpha\nbeta 🎨 gamma\n");
    const members = ["ana", "bo", "chi"].map((name) => new Member(server, name));
    for (let step = 0; step < 120; step++) {
      const member = members[below(members.length)];
      if (!member) continue;
      const { length } = member.text.source;
      switch (below(5)) {
        case 0:
        case 1:
          member.type(below(length + 1), ["x", "\n", "de", "()"][below(4)] ?? "x");
          break;
        case 2: {
          const from = below(length + 1);
          member.remove(from, from + below(3));
          break;
        }
        case 3:
          member.hear(1 + below(3));
          break;
        default:
          await member.deliver();
      }
    }
    await settle(members);
    for (const member of members) expect(member.text.source).toBe(server.source);
  });
});

describe("after a loss, when only a snapshot comes", () => {
  test("what was typed meanwhile is kept on top of what others did", async () => {
    const server = new Authority("one");
    const ana = new Member(server, "ana");
    const bo = new Member(server, "bo");
    server.members.delete(ana);
    bo.type(3, " two");
    await settle([bo]);
    ana.type(0, "zero ");
    // Her message never reached the server; the snapshot comes first, then the message, sent again.
    server.members.add(ana);
    ana.text.replace(server.source, server.version);
    await settle([ana, bo]);
    expect(server.source).toBe("zero one two");
    expect(ana.text.source).toBe("zero one two");
    expect(bo.text.source).toBe("zero one two");
  });

  test("a batch that the server took before the loss is not applied twice", async () => {
    const server = new Authority("one");
    const ana = new Member(server, "ana");
    const bo = new Member(server, "bo");
    server.members.delete(ana);
    ana.type(3, "!");
    const sent = ana.sent.shift();
    if (sent) server.apply(sent.operation);
    bo.hear();
    bo.type(0, "> ");
    await settle([bo]);
    ana.type(4, "?");
    server.members.add(ana);
    ana.text.replace(server.source, server.version);
    bo.type(0, "_");
    await settle([bo]);
    ana.hear();
    sent?.resolve();
    await Promise.resolve();
    await Promise.resolve();
    await settle([ana, bo]);
    expect(server.source).toBe("_> one!?");
    expect(ana.text.source).toBe(server.source);
    expect(bo.text.source).toBe(server.source);
  });

  test("a server that forgot whose batch it was refuses it again, and the text says that it has it", async () => {
    const server = new Authority("one");
    const ana = new Member(server, "ana");
    ana.type(3, "!");
    const sent = ana.sent.shift();
    server.members.delete(ana);
    if (sent) server.apply(sent.operation);
    server.members.add(ana);
    ana.text.replace(server.source, server.version);
    sent?.reject(new Error("Somebody else edited this text at the same moment."));
    await Promise.resolve();
    await Promise.resolve();
    await settle([ana]);
    expect(server.source).toBe("one!");
    expect(ana.text.source).toBe("one!");
    expect(ana.text.version).toBe(server.version);
  });
});
