// One connection to one room: says hello, keeps the room, comes back after a loss.
//
// Promises
// · What was asked for (`do`, `ask`) is answered once, over any number of reconnects: un-answered messages are sent
//   again under their old id, and the server applies each once.
// · A value that somebody sets shows at once and never jumps back to an older one on the way: it lies over the room
//   until the server has answered for the newest. Per room at most one change of inputs is on its way; while it is,
//   later ones are merged into the next (a slider dragged over a slow network sends as fast as it is answered).
// · The room is moved on synchronously with each message; `getSnapshot` is a new object exactly when something changed.
//
//   connecting ──first answer──► live ◄──answer── offline
//        └────────lost──────────►  └──lost───►  ┘     any ──Ended──► ended ──restart()──► connecting
//
// · A session that ended under a page leaves what the page shows. What the person does next begins a new session with
//   exactly the page's values; its first results take the place of the old ones.
//
// Left alone: what a room is and how events move it (`core/room`), how any of it looks.

import { carriedInto, differing, valuesToCarry, waitingRoom, type Values } from "../core/carry";
import { parseExactly, writePlainly } from "../core/exact";
import { applyEvents, roomOf, type Room } from "../core/room";
import { Diverged } from "../core/text";
import { isRecord } from "../core/values";
import type {
  Answer,
  Ask,
  ClientMessage,
  Cursor,
  Do,
  Ended,
  Events,
  Hello,
  KernelStatus,
  ServerMessage,
  Snapshot,
} from "../wire";

export type Operation = Do["operation"];
export type Question = Ask["question"];
export type RoomAddress = Hello["room"];
export type Status = "connecting" | "live" | "offline" | "ended";

type Answers = { readonly [Kind in Question["ask"]]: Extract<Answer["answer"], { readonly ask: Kind }> };

/** The server said no; the message is its sentence. */
export class Refused extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = "Refused";
  }
}

/** What a page shows of the connection and its room. */
export interface RoomState {
  readonly status: Status;
  /** With this member's own values over the server's; null before the first snapshot. */
  readonly room: Room | null;
  /** Inputs whose shown value the server has not answered for. */
  readonly pending: ReadonlySet<string>;
  /** Input → why the server refused the value last sent. Gone with the next one. */
  readonly refusals: Readonly<Record<string, string>>;
  /** Why the room ended; null unless `status` is "ended". */
  readonly ended: Ended | null;
  /** The session was live on this page, at least once. */
  readonly lived: boolean;
}

export interface ConnectionOptions {
  readonly room: RoomAddress;
  /** The session to go on with; "" = a new one. */
  readonly session?: string;
  /** What the page carried in its first response: shown until the server speaks. */
  readonly initial?: Snapshot;
  /** The session is another's, joined by its link: where it is gone the page says so rather than begin a new one. */
  readonly joined?: boolean;
  /** Values that the first session of this page shall have. */
  readonly carry?: Values;
  /** Who looks, where this is a framed page (`EmbedBoot.key`). */
  readonly key?: string;
  /** Path or URL of the socket. */
  readonly url?: string;
}

const PING_EVERY = 20_000;
const PONG_WITHIN = 10_000;
/** The same, once the browser said that the network is gone. */
const DOUBT_WITHIN = 1_500;
const FIRST_WAIT = 250;
const LONGEST_WAIT = 15_000;

interface Waiting {
  readonly message: Do | Ask;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class RoomConnection {
  readonly client: string = randomId();
  readonly #room: RoomAddress;
  readonly #url: string;
  readonly #key: string;
  readonly #listeners = new Set<() => void>();
  readonly #watchers = new Set<(message: Snapshot | Events) => void>();

  #state: RoomState;
  #server: Room | null;
  #session: string;
  /** The page has shown this session, live. */
  #lived = false;
  #joined: boolean;
  /** Values for the next new session, which takes the place of `#old`; null = none is wanted. */
  #carry: Values | null;
  #old: Room | null = null;
  /** The kernel of a carried room until the server speaks of it. */
  #unstarted: KernelStatus | null = null;
  #seen = 0;
  #resumable = false;

  #socket: WebSocket | null = null;
  #greeted = false;
  /** The browser has said that the network is gone, and the server has not contradicted yet. */
  #doubted = false;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setTimeout> | undefined;
  #stopped = true;

  #count = 0;
  readonly #waiting = new Map<number, Waiting>();
  #presence: Cursor | null | undefined;

  /** This member's values that the server has not answered for. */
  readonly #own = new Map<string, unknown>();
  #flying: Readonly<Record<string, unknown>> | null = null;
  #refusals: Readonly<Record<string, string>> = {};

  constructor(options: ConnectionOptions) {
    this.#room = options.room;
    this.#session = options.session ?? "";
    this.#joined = options.joined ?? false;
    this.#carry = options.carry ?? null;
    this.#url = options.url ?? "/api/socket";
    this.#key = options.key ?? "";
    this.#server = options.initial ? roomOf(options.initial) : null;
    if (options.initial && this.#session && options.initial.session === this.#session) {
      this.#seen = options.initial.seq;
      this.#resumable = true;
    }
    this.#state = {
      status: "connecting",
      room: this.#server,
      pending: new Set(),
      refusals: {},
      ended: null,
      lived: false,
    };
  }

  // --- for React: useSyncExternalStore(connection.subscribe, connection.getSnapshot) -----------------

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): RoomState => this.#state;

  /** Hears every snapshot and batch of events, after the room has moved on: for editors of text. */
  readonly watch = (watcher: (message: Snapshot | Events) => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  // --- life -------------------------------------------------------------------------------------------

  /** Connects; harmless when it is connected already. */
  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    globalThis.addEventListener?.("online", this.retryNow);
    globalThis.addEventListener?.("offline", this.#doubt);
    this.#connect();
  }

  /** Closes for good, or until the next `start`. What waits stays waiting. */
  stop(): void {
    this.#stopped = true;
    globalThis.removeEventListener?.("online", this.retryNow);
    globalThis.removeEventListener?.("offline", this.#doubt);
    this.#drop();
  }

  /** Tries again without waiting; for "Try now". */
  readonly retryNow = (): void => {
    if (this.#stopped || this.#socket || this.#state.status === "ended") return;
    this.#connect();
  };

  /** After the end: a new session in the same room, with its own values. */
  readonly restart = (): void => this.enter("");

  /** Leaves for another session of the same room; "" = a new one. */
  readonly enter = (session: string): void => {
    this.#drop();
    this.#session = session;
    this.#seen = 0;
    this.#resumable = false;
    this.#lived = false;
    this.#joined = false;
    this.#failures = 0;
    this.#stopped = false;
    this.#set({ status: "connecting", ended: null });
    this.#connect();
  };

  /** Whether the page's session has ended and the next thing done begins a new one with the page's values. */
  get #over(): boolean {
    const { status, ended, room } = this.#state;
    return status === "ended" && ended?.reason === "session_ended" && this.#mayGoOn && room !== null;
  }

  /** Only an app's session is replaced by a new one: a preview belongs to its candidate, the logic to its project. */
  get #mayGoOn(): boolean {
    return this.#lived && this.#room.room === "app";
  }

  #again(): void {
    const { room } = this.#state;
    if (room) {
      this.#carry = valuesToCarry(room);
      this.#old = room;
      this.#server = waitingRoom(room);
    }
    this.#flying = null;
    // The values on their way are the page's now; what else waits is asked of the new session.
    for (const [id, { message }] of this.#waiting) {
      if (message.type === "do" && message.operation.do === "set_inputs") this.#waiting.delete(id);
    }
    this.enter("");
  }

  /** The id of a session that lives: this one, or the one that takes its place. For requests beside the socket. */
  async session(): Promise<string> {
    if (this.#over) this.#again();
    return new Promise((resolve, reject) => {
      const look = (): boolean => {
        const { status, room, ended } = this.#state;
        if (status === "live" && room?.session) resolve(room.session);
        else if (status === "ended") reject(new Refused(ended?.sentence ?? ""));
        else return false;
        return true;
      };
      if (look()) return;
      const stop = this.subscribe(() => {
        if (look()) stop();
      });
    });
  }

  // --- asking -----------------------------------------------------------------------------------------

  /** Resolves when the server has applied it and its events have arrived; rejects with Refused. */
  do(operation: Operation): Promise<void> {
    if (this.#over && (operation.do === "press" || operation.do === "run_all")) this.#again();
    return this.#request<void>((id) => ({ type: "do", id, operation }));
  }

  /** Resolves with the answer; rejects with Refused. */
  ask<Kind extends Question["ask"]>(
    question: Extract<Question, { readonly ask: Kind }>,
  ): Promise<Answers[Kind]> {
    return this.#request<Answers[Kind]>((id) => ({ type: "ask", id, question }));
  }

  /** Shows the values at once and sends them; the newest wins. A refusal stands in `refusals`. */
  setInputs(values: Readonly<Record<string, unknown>>): void {
    const refusals = { ...this.#refusals };
    for (const [name, value] of Object.entries(values)) {
      this.#own.set(name, value);
      delete refusals[name];
    }
    this.#refusals = refusals;
    this.#set({});
    if (this.#over) this.#again();
    this.#sendInputs();
  }

  setInput(name: string, value: unknown): void {
    this.setInputs({ [name]: value });
  }

  /** Where this member's caret is; sent again after a reconnect. */
  setPresence(cursor: Cursor | null): void {
    this.#presence = cursor;
    if (this.#greeted) this.#send({ type: "set_presence", cursor });
  }

  #request<T>(make: (id: number) => Do | Ask): Promise<T> {
    this.#count += 1;
    const message = make(this.#count);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(message.id, { message, resolve: (answer) => resolve(answer as T), reject });
      if (this.#state.status === "ended") this.#refuseAll(this.#state.ended?.sentence ?? "");
      else if (this.#greeted) this.#send(message);
    });
  }

  #sendInputs(): void {
    if (this.#flying || this.#carry || this.#own.size === 0) return;
    const flying = Object.fromEntries(this.#own);
    this.#flying = flying;
    const landed = (refusal: string): void => {
      // Another session has taken these along.
      if (this.#flying !== flying) return;
      this.#flying = null;
      const current = Object.keys(flying).filter((name) => Object.is(this.#own.get(name), flying[name]));
      // Values are taken all or none. A file may be gone with the session that it was uploaded to; the rest may come.
      const files = this.#unstarted && refusal ? current.filter((name) => isFile(flying[name])) : [];
      const settled = files.length > 0 && files.length < current.length ? files : current;
      for (const name of settled) this.#own.delete(name);
      if (refusal) {
        const refused = Object.fromEntries(settled.map((name) => [name, refusal]));
        this.#refusals = { ...this.#refusals, ...refused };
      }
      if (settled === current && this.#unstarted && this.#unstarted === this.#server?.kernel) {
        // Nothing has begun (a manual app, a refusal): the whole room says what the outputs belong to.
        this.#unstarted = null;
        this.#resumable = false;
        this.#lost();
        return;
      }
      if (settled === current) this.#unstarted = null;
      this.#set({});
      this.#sendInputs();
    };
    this.do({ do: "set_inputs", values: flying }).then(
      () => landed(""),
      (error: unknown) => landed(error instanceof Error ? error.message : String(error)),
    );
  }

  // --- the socket -------------------------------------------------------------------------------------

  #connect(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    if (this.#socket) return;
    const socket = new WebSocket(addressOf(this.#url));
    this.#socket = socket;
    this.#greeted = false;
    socket.addEventListener("open", () => {
      if (this.#socket !== socket) return;
      this.#send({
        type: "hello",
        room: this.#room,
        session: this.#session,
        seen: this.#resumable ? this.#seen : 0,
        client: this.client,
        key: this.#key,
      });
      this.#expect(PONG_WITHIN);
    });
    socket.addEventListener("message", (event: MessageEvent<unknown>) => {
      if (this.#socket === socket && typeof event.data === "string") {
        this.#receive(parseExactly(event.data) as ServerMessage);
      }
    });
    socket.addEventListener("close", () => {
      if (this.#socket === socket) this.#lost();
    });
    // An error is always followed by a close, which decides.
    socket.addEventListener("error", () => undefined);
  }

  #send(message: ClientMessage): void {
    if (this.#socket?.readyState !== 1) return;
    // Values travel tagged; a document holds its options as they are.
    const plain = message.type === "do" && message.operation.do !== "set_inputs";
    this.#socket.send(plain ? writePlainly(message) : JSON.stringify(message));
  }

  #drop(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#ping);
    const socket = this.#socket;
    this.#socket = null;
    this.#greeted = false;
    this.#doubted = false;
    socket?.close();
  }

  #lost(): void {
    this.#drop();
    if (this.#stopped || this.#state.status === "ended") return;
    this.#set({ status: "offline" });
    // Between half and the whole of 0.25, 0.5, 1 … 15 s, so that a restarted server is not met by everybody at once.
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#failures);
    this.#failures += 1;
    this.#retry = setTimeout(() => this.#connect(), longest * (0.5 + Math.random() / 2));
  }

  /** A sign of life within this time, else the connection counts as lost: a sleeping laptop's never closes. */
  #expect(within: number): void {
    clearTimeout(this.#ping);
    this.#ping = setTimeout(() => {
      this.#lost();
    }, within);
  }

  /** The browser says that the network is gone: asks at once, for a server on this machine is still there. */
  readonly #doubt = (): void => {
    if (!this.#greeted) return;
    this.#doubted = true;
    this.#send({ type: "ping" });
    this.#expect(DOUBT_WITHIN);
  };

  #alive(): void {
    this.#doubted = false;
    clearTimeout(this.#ping);
    this.#ping = setTimeout(() => {
      this.#send({ type: "ping" });
      this.#expect(PONG_WITHIN);
    }, PING_EVERY);
  }

  #receive(message: ServerMessage): void {
    // What was on its way already says nothing of the network as it is now; only the answer to the doubt does.
    if (!this.#doubted || message.type === "pong") this.#alive();
    switch (message.type) {
      case "snapshot":
        this.#server = this.#carried(roomOf(message));
        this.#session = message.session;
        this.#arrived(message.seq);
        for (const watcher of this.#watchers) watcher(message);
        return;
      case "events":
        this.#apply(message);
        return;
      case "done":
        this.#settle(message.id)?.resolve(undefined);
        return;
      case "answer":
        this.#settle(message.id)?.resolve(message.answer);
        return;
      case "refusal":
        if (message.id === 0)
          reportError(new Error(`The server could not read a message: ${message.sentence}`));
        this.#settle(message.id)?.reject(new Refused(message.sentence));
        return;
      case "presence":
        if (this.#server) this.#server = { ...this.#server, members: message.members };
        this.#set({});
        return;
      case "pong":
        return;
      case "ended":
        this.#finish(message);
        return;
      default:
        return never(message);
    }
  }

  /** Gives the page's values to the session that takes the place of an ended one, ahead of all else that waits. */
  #carried(room: Room): Room {
    const carry = this.#carry;
    if (!carry) return room;
    const values = differing(room, { ...carry, ...Object.fromEntries(this.#own) });
    const old = this.#old;
    this.#carry = null;
    this.#old = null;
    this.#own.clear();
    const wants = this.#wants();
    const behind = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const [name, value] of Object.entries(values)) this.#own.set(name, value);
    this.#sendInputs();
    for (const { message: before, ...rest } of behind) {
      this.#count += 1;
      this.#waiting.set(this.#count, { ...rest, message: { ...before, id: this.#count } });
    }
    if (Object.keys(values).length === 0 && !wants) return room;
    const carried = carriedInto(room, old);
    this.#unstarted = carried.kernel;
    return carried;
  }

  #apply(message: Events): void {
    if (!this.#server) return;
    try {
      this.#server = applyEvents(this.#server, message.events, message.seq);
    } catch (error) {
      if (!(error instanceof Diverged)) throw error;
      // Ask for the whole room; what this tab waits for is sent again and applied once.
      this.#resumable = false;
      this.#lost();
      return;
    }
    this.#arrived(message.seq);
    for (const watcher of this.#watchers) watcher(message);
  }

  #arrived(seq: number): void {
    this.#seen = seq;
    this.#resumable = true;
    this.#lived = true;
    const first = !this.#greeted;
    this.#greeted = true;
    this.#failures = 0;
    this.#set({ status: "live" });
    if (!first) return;
    for (const { message } of [...this.#waiting.values()].toSorted((a, b) => a.message.id - b.message.id)) {
      this.#send(message);
    }
    if (this.#presence !== undefined) this.#send({ type: "set_presence", cursor: this.#presence });
  }

  #finish(message: Ended): void {
    switch (message.reason) {
      case "slow":
      case "server_stops":
        this.#lost();
        return;
      case "session_ended":
        if (!this.#greeted && !this.#mayGoOn && !this.#joined && this.#session) {
          // The tab remembered a session that is gone: begin a new one, nobody has seen the old.
          this.enter("");
          return;
        }
        if (this.#mayGoOn && (this.#own.size > 0 || this.#wants())) {
          // Somebody did something before the end was known: that is what begins the new session.
          this.#again();
          return;
        }
        this.#end(message);
        return;
      case "no_access":
      case "signed_out":
      case "protocol":
        this.#end(message);
        return;
      default:
        return never(message.reason);
    }
  }

  /** Whether a press or a run waits for an answer. */
  #wants(): boolean {
    return [...this.#waiting.values()].some(
      ({ message }) =>
        message.type === "do" && (message.operation.do === "press" || message.operation.do === "run_all"),
    );
  }

  #end(message: Ended): void {
    this.#drop();
    this.#own.clear();
    this.#set({ status: "ended", ended: message });
    this.#refuseAll(message.sentence);
  }

  #refuseAll(sentence: string): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new Refused(sentence));
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  // --- the state --------------------------------------------------------------------------------------

  #set(change: Partial<Pick<RoomState, "status" | "ended">>): void {
    const server = this.#server;
    const room =
      server && this.#own.size > 0
        ? { ...server, inputs: { ...server.inputs, ...Object.fromEntries(this.#own) } }
        : server;
    this.#state = {
      ...this.#state,
      ...change,
      room,
      pending: new Set(this.#own.keys()),
      refusals: this.#refusals,
      lived: this.#lived,
    };
    for (const listener of this.#listeners) listener();
  }
}

function addressOf(url: string): string {
  const address = new URL(url, globalThis.location?.href ?? "http://localhost/");
  address.protocol = address.protocol.replace("http", "ws");
  return address.href;
}

function isFile(value: unknown): boolean {
  return isRecord(value) && "hash" in value;
}

/** 128 bits as hex; `crypto.randomUUID` is missing where the page came over plain HTTP. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

function never(value: never): never {
  throw new Error(`A message of an unknown kind: ${JSON.stringify(value)}`);
}
