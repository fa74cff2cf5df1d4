// The connection against a scripted server: the class that the browser would give, with the other end in our hands.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { Refused, RoomConnection, type ConnectionOptions } from "./socket";
import type { ClientMessage, Do, ServerMessage, Snapshot } from "../wire";

class ScriptedSocket extends EventTarget {
  static opened: ScriptedSocket[] = [];
  readonly sent: ClientMessage[] = [];
  readyState = 0;

  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
    ScriptedSocket.opened.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientMessage);
  }

  close(): void {
    this.readyState = 3;
  }

  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  tell(...messages: ServerMessage[]): void {
    for (const message of messages) {
      this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
    }
  }

  lose(): void {
    this.readyState = 3;
    this.dispatchEvent(new Event("close"));
  }

  /** The values of every change of inputs that arrived, in order. */
  get values(): unknown[] {
    return this.dos.flatMap(({ operation }) => (operation.do === "set_inputs" ? [operation.values] : []));
  }

  get dos(): Do[] {
    return this.sent.filter((message) => message.type === "do");
  }
}

const SNAPSHOT: Snapshot = {
  type: "snapshot",
  seq: 3,
  session: "secret",
  kind: "app",
  access: "APP_ONLY",
  members: [],
  document: null,
  texts: {},
  app: null,
  version: 1,
  inputs: { n: 1, m: 1 },
  waiting: [],
  cells: {},
  kernel: { state: "none", sentence: "", python: "", started_at: "", position: 0 },
  run: null,
  results: null,
  live: null,
  publishing: null,
  notices: [],
};

const opened: RoomConnection[] = [];

function connect(options: Partial<ConnectionOptions> = {}): RoomConnection {
  const connection = new RoomConnection({ room: { room: "app", project: "p", version: null }, ...options });
  opened.push(connection);
  connection.start();
  return connection;
}

const at = (index: number): ScriptedSocket => {
  const socket = ScriptedSocket.opened.at(index);
  if (!socket) throw new Error(`No socket ${index} was opened.`);
  return socket;
};

function live(options: Partial<ConnectionOptions> = {}): {
  connection: RoomConnection;
  socket: ScriptedSocket;
} {
  const connection = connect(options);
  at(-1).open();
  at(-1).tell(SNAPSHOT);
  return { connection, socket: at(-1) };
}

const inputs = (connection: RoomConnection): unknown => connection.getSnapshot().room?.inputs;
/** Lets settled promises run on. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", ScriptedSocket);
  ScriptedSocket.opened = [];
});

afterEach(() => {
  for (const connection of opened.splice(0)) connection.stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("coming and coming back", () => {
  test("says hello and is live with the first snapshot", () => {
    const connection = connect({ session: "mine" });
    expect(connection.getSnapshot().status).toBe("connecting");
    at(0).open();
    expect(at(0).sent[0]).toMatchObject({
      type: "hello",
      session: "mine",
      seen: 0,
      client: connection.client,
    });
    at(0).tell(SNAPSHOT);
    expect(connection.getSnapshot()).toMatchObject({ status: "live", room: { session: "secret", seq: 3 } });
  });

  test("shows what the page carried, and goes on from there where that is this session", () => {
    const connection = connect({ initial: SNAPSHOT, session: "secret" });
    expect(inputs(connection)).toEqual({ n: 1, m: 1 });
    at(0).open();
    expect(at(0).sent[0]).toMatchObject({ seen: 3 });
    at(0).tell({ type: "events", seq: 4, events: [] });
    expect(connection.getSnapshot()).toMatchObject({ status: "live", room: { seq: 4 } });
  });

  test("after a loss it is offline, tries again and resumes by seq; what waits is sent again under its id", async () => {
    const { connection, socket } = live();
    const first = connection.do({ do: "run_all" });
    const second = connection.ask({ ask: "variables" });
    socket.lose();
    expect(connection.getSnapshot().status).toBe("offline");
    await vi.advanceTimersByTimeAsync(300);
    at(1).open();
    expect(at(1).sent).toMatchObject([{ type: "hello", session: "secret", seen: 3 }]);
    at(1).tell({ type: "events", seq: 5, events: [] });
    expect(at(1).sent.slice(1)).toEqual(socket.sent.slice(1));
    at(1).tell(
      { type: "done", id: 1 },
      { type: "answer", id: 2, answer: { ask: "variables", variables: [] } },
    );
    await first;
    expect(await second).toEqual({ ask: "variables", variables: [] });
  });

  test("the waits grow, up to fifteen seconds", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    connect();
    const waits: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      at(-1).lose();
      const before = Date.now();
      await vi.advanceTimersToNextTimerAsync();
      waits.push(Date.now() - before);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
  });

  test("a silent connection is pinged, then counts as lost", async () => {
    const { connection, socket } = live();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(socket.sent.at(-1)).toEqual({ type: "ping" });
    socket.tell({ type: "pong" });
    await vi.advanceTimersByTimeAsync(29_000);
    expect(connection.getSnapshot().status).toBe("live");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(connection.getSnapshot().status).toBe("offline");
  });

  test("when the network goes it asks at once; a server that answers is still there", async () => {
    const browser = new EventTarget();
    vi.stubGlobal("addEventListener", browser.addEventListener.bind(browser));
    vi.stubGlobal("removeEventListener", browser.removeEventListener.bind(browser));
    const { connection, socket } = live();
    browser.dispatchEvent(new Event("offline"));
    expect(socket.sent.at(-1)).toEqual({ type: "ping" });
    socket.tell({ type: "pong" });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(connection.getSnapshot().status).toBe("live");
    browser.dispatchEvent(new Event("offline"));
    // What was on its way when the network went is no answer.
    socket.tell({ type: "events", seq: 4, events: [] });
    await vi.advanceTimersByTimeAsync(1_500);
    expect(connection.getSnapshot().status).toBe("offline");
    connection.stop();
  });

  test("events that do not fit make it ask for the whole room", async () => {
    const { connection, socket } = live();
    const event = {
      event: "output_updated",
      cell: "a",
      index: 5,
      output: { output: "stream", name: "stdout", text: "" },
    } as const;
    socket.tell({ type: "events", seq: 4, events: [event] });
    await vi.advanceTimersByTimeAsync(300);
    at(1).open();
    expect(at(1).sent[0]).toMatchObject({ seen: 0, session: "secret" });
    at(1).tell({ ...SNAPSHOT, seq: 9 });
    expect(connection.getSnapshot()).toMatchObject({ status: "live", room: { seq: 9 } });
  });
});

describe("the end", () => {
  test("a room that ended keeps what is on the page, refuses what waits, and begins anew when told to", async () => {
    const { connection, socket } = live({ room: { room: "preview", project: "p", publish: "c" } });
    const asked = connection.do({ do: "run_all" }).catch((error: unknown) => error);
    socket.tell({ type: "ended", reason: "session_ended", sentence: "It ended." });
    expect(await asked).toEqual(new Refused("It ended."));
    expect(connection.getSnapshot()).toMatchObject({
      status: "ended",
      room: { seq: 3 },
      ended: { sentence: "It ended." },
    });
    await expect(connection.do({ do: "run_all" })).rejects.toThrow(Refused);
    connection.restart();
    at(1).open();
    expect(at(1).sent[0]).toMatchObject({ session: "", seen: 0 });
  });

  test("a remembered session that is gone is forgotten without a word", () => {
    const connection = connect({ session: "gone" });
    at(0).open();
    at(0).tell({ type: "ended", reason: "session_ended", sentence: "It ended." });
    at(1).open();
    expect(at(1).sent[0]).toMatchObject({ session: "" });
    expect(connection.getSnapshot().status).toBe("connecting");
  });

  test("a server that stops is one to come back to; no access is not", async () => {
    const { connection, socket } = live();
    socket.tell({ type: "ended", reason: "server_stops", sentence: "" });
    expect(connection.getSnapshot().status).toBe("offline");
    await vi.advanceTimersByTimeAsync(300);
    at(1).open();
    at(1).tell({ type: "ended", reason: "no_access", sentence: "No." });
    expect(connection.getSnapshot().status).toBe("ended");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ScriptedSocket.opened).toHaveLength(2);
  });
});

describe("a session that ended under the page", () => {
  const END: ServerMessage = { type: "ended", reason: "session_ended", sentence: "It ended." };
  const shown = { state: "done", outputs: [], elapsed: 1, at: "", waits_for: "" } as const;
  const printed = { output: "stream", name: "stdout", text: "of n = 5" } as const;
  const OWN: Snapshot = {
    ...SNAPSHOT,
    inputs: { n: 5, m: 1 },
    cells: { a: { ...shown, outputs: [printed] } },
  };
  const FRESH: Snapshot = {
    ...SNAPSHOT,
    seq: 1,
    session: "new",
    results: { at: "", fresh: true, refreshing: false },
    cells: { a: { ...shown, outputs: [{ ...printed, text: "of n = 1" }] } },
  };
  const ended = (): RoomConnection => {
    const connection = connect();
    at(0).open();
    at(0).tell(OWN, END);
    expect(connection.getSnapshot()).toMatchObject({ status: "ended", room: { inputs: { n: 5, m: 1 } } });
    return connection;
  };

  test("keeps what it shows; the next value begins a new one with exactly the page's values", async () => {
    const connection = ended();
    const seen: unknown[] = [];
    connection.subscribe(() => {
      const { room } = connection.getSnapshot();
      seen.push([room?.inputs, room?.cells["a"]?.state, room?.cells["a"]?.outputs[0]]);
    });
    connection.setInput("m", 2);
    at(1).open();
    expect(at(1).sent[0]).toMatchObject({ session: "", seen: 0 });
    at(1).tell(FRESH);
    expect(at(1).values).toEqual([{ n: 5, m: 2 }]);
    expect(connection.getSnapshot()).toMatchObject({ status: "live", room: { session: "new" } });
    // No frame showed the published results, nor the old ones unmarked beside the new value.
    for (const frame of seen.slice(1)) expect(frame).toEqual([{ n: 5, m: 2 }, "queued", printed]);
  });

  test("a press comes after the values", async () => {
    const connection = ended();
    const pressed = connection.do({ do: "press", name: "go" });
    at(1).open();
    at(1).tell(FRESH);
    expect(at(1).dos.map(({ operation }) => operation.do)).toEqual(["set_inputs", "press"]);
    const [, press] = at(1).dos;
    at(1).tell({ type: "done", id: press?.id ?? 0 });
    await pressed;
  });

  test("after a lost connection too: what was changed meanwhile is not lost", () => {
    const connection = connect();
    at(0).open();
    at(0).tell(OWN);
    at(0).lose();
    connection.setInput("m", 3);
    connection.retryNow();
    at(1).open();
    at(1).tell(END);
    at(2).open();
    at(2).tell(FRESH);
    expect(at(2).values).toEqual([{ n: 5, m: 3 }]);
  });

  test("after a lost connection without a change it waits to be asked", () => {
    const connection = connect();
    at(0).open();
    at(0).tell(OWN);
    at(0).lose();
    connection.retryNow();
    at(1).open();
    at(1).tell(END);
    expect(connection.getSnapshot()).toMatchObject({ status: "ended", room: { inputs: { n: 5, m: 1 } } });
    expect(ScriptedSocket.opened).toHaveLength(2);
  });

  test("a file that went with the old session does not hold the other values back", async () => {
    const connection = connect();
    at(0).open();
    const file = { name: "a.csv", hash: "f".repeat(64), size: 3 };
    at(0).tell({ ...OWN, inputs: { n: 5, m: file } }, END);
    connection.setInput("n", 6);
    at(1).open();
    at(1).tell(FRESH);
    at(1).tell({ type: "refusal", id: at(1).dos[0]?.id ?? 0, sentence: "m: Upload it again." });
    await settle();
    expect(at(1).values).toEqual([{ n: 6, m: file }, { n: 6 }]);
    expect(connection.getSnapshot().refusals).toEqual({ m: "m: Upload it again." });
  });

  test("where nothing runs by itself the whole room is asked for again", async () => {
    const connection = ended();
    connection.setInput("m", 2);
    at(1).open();
    at(1).tell(FRESH, { type: "done", id: 2 });
    at(1).tell({ type: "done", id: at(1).dos[0]?.id ?? 0 });
    await vi.advanceTimersByTimeAsync(300);
    at(2).open();
    expect(at(2).sent[0]).toMatchObject({ session: "new", seen: 0 });
  });

  test("a session joined by its link is not replaced by another", () => {
    const connection = connect({ session: "theirs", joined: true });
    at(0).open();
    at(0).tell(END);
    expect(connection.getSnapshot()).toMatchObject({ status: "ended", ended: { sentence: "It ended." } });
    connection.setInput("n", 2);
    expect(ScriptedSocket.opened).toHaveLength(1);
  });

  test("values kept over a reload are the first session's, and no results of others are shown beside them", () => {
    const connection = connect({ carry: { n: 5, gone: 1 } });
    at(0).open();
    at(0).tell(FRESH);
    expect(at(0).values).toEqual([{ n: 5 }]);
    expect(connection.getSnapshot().room?.cells["a"]).toMatchObject({ state: "queued", outputs: [] });
  });

  test("who asks for the session's id is given that of one that lives", async () => {
    const connection = ended();
    const id = connection.session();
    at(1).open();
    at(1).tell(FRESH);
    expect(await id).toBe("new");
  });
});

describe("values of inputs", () => {
  const changed = (seq: number, values: Record<string, unknown>): ServerMessage => ({
    type: "events",
    seq,
    events: [{ event: "inputs_changed", values, by: "" }],
  });

  test("show at once; one change flies, later ones merge into the next, none flickers back", async () => {
    const { connection, socket } = live();
    const seen: unknown[] = [];
    connection.subscribe(() => seen.push(connection.getSnapshot().room?.inputs["n"]));
    for (const n of [2, 3, 4]) connection.setInput("n", n);
    connection.setInput("m", 9);
    expect(inputs(connection)).toEqual({ n: 4, m: 9 });
    expect(socket.values).toEqual([{ n: 2 }]);
    socket.tell(changed(4, { n: 2 }), { type: "done", id: 1 });
    await settle();
    expect(socket.values).toEqual([{ n: 2 }, { n: 4, m: 9 }]);
    expect([...connection.getSnapshot().pending]).toEqual(["n", "m"]);
    socket.tell(changed(5, { n: 4, m: 9 }), { type: "done", id: 2 });
    await settle();
    expect(connection.getSnapshot().pending.size).toBe(0);
    expect(seen.filter((value, i) => value !== seen[i - 1])).toEqual([2, 3, 4]);
  });

  test("what another sets meanwhile waits below; the server's order decides in the end", async () => {
    const { connection, socket } = live();
    connection.setInput("n", 2);
    socket.tell(changed(4, { n: 7, m: 8 }));
    expect(inputs(connection)).toEqual({ n: 2, m: 8 });
    socket.tell(changed(5, { n: 2 }), changed(6, { n: 7 }), { type: "done", id: 1 });
    await settle();
    expect(inputs(connection)).toEqual({ n: 7, m: 8 });
  });

  test("a refused value falls back to the server's, with its sentence, until the next try", async () => {
    const { connection, socket } = live();
    connection.setInput("n", 99);
    socket.tell({ type: "refusal", id: 1, sentence: "At most 50." });
    await settle();
    expect(inputs(connection)).toEqual({ n: 1, m: 1 });
    expect(connection.getSnapshot().refusals).toEqual({ n: "At most 50." });
    connection.setInput("n", 5);
    expect(connection.getSnapshot().refusals).toEqual({});
  });

  test("made offline, they are kept on the page and sent when it is back", async () => {
    const { connection, socket } = live();
    socket.lose();
    connection.setInput("n", 2);
    connection.setInput("n", 3);
    expect(inputs(connection)).toEqual({ n: 3, m: 1 });
    await vi.advanceTimersByTimeAsync(300);
    at(1).open();
    at(1).tell(SNAPSHOT);
    expect(inputs(connection)).toEqual({ n: 3, m: 1 });
    at(1).tell({ type: "done", id: 1 });
    await settle();
    expect(at(1).values).toEqual([{ n: 2 }, { n: 3 }]);
  });
});
