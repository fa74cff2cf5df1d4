import { act, render, screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { AppActions } from "./actions";
import { AppPage, type AppPageProps } from "./AppPage";
import type { Sharing } from "./sharing";
import { roomOf } from "../core/room";
import { ApiError } from "../net/api";
import type { RoomState } from "../net/socket";
import type { AppCell, CellRun, Snapshot } from "../wire";

const cell = (id: string, more: Partial<AppCell> = {}): AppCell => ({
  id,
  type: "markdown",
  label: "",
  input: null,
  format: "",
  source: "",
  ...more,
});
const element = (id: string, show_prints = false) => ({
  cell: id,
  height: null,
  show_source: false,
  show_prints,
});
const run = (state: CellRun["state"], text = "", waits_for = ""): CellRun => ({
  state,
  outputs: text ? [{ output: "stream", name: "stdout", text }] : [],
  elapsed: null,
  at: "",
  waits_for,
});

const SNAPSHOT: Snapshot = {
  type: "snapshot",
  seq: 1,
  session: "secret",
  kind: "app",
  access: "APP_ONLY",
  members: [],
  document: null,
  texts: {},
  app: {
    title: "Store sales",
    description: "What was sold.",
    layout: {
      full_width: false,
      tabs: [
        {
          name: "Overview",
          rows: [
            { columns: [{ start: 0, end: 120, elements: [element("n"), element("a", true), element("b")] }] },
          ],
        },
        { name: "Details", rows: [{ columns: [{ start: 0, end: 120, elements: [element("c")] }] }] },
      ],
    },
    cells: [
      cell("n", {
        type: "input",
        label: "Rows",
        input: {
          kind: "slider",
          name: "n",
          default: 1,
          settable: false,
          in_links: true,
          min: 0,
          max: 9,
          step: 1,
        },
      }),
      cell("a", { type: "python" }),
      cell("b", { type: "table", label: "Stores" }),
      cell("c", { type: "python" }),
    ],
    settings: {
      on_open: "published_results",
      on_interaction: "auto",
      viewers_may_refresh: false,
      refresh_after: 0,
      interrupt_superseded: false,
      ready_kernels: 0,
    },
    personal: false,
  },
  version: 3,
  inputs: { n: 4 },
  waiting: [],
  cells: {
    n: run("done"),
    a: run("done", "printed"),
    b: run("skipped", "", "a"),
    c: run("done", "hidden print"),
  },
  kernel: { state: "none", sentence: "", python: "", started_at: "", position: 0 },
  run: null,
  results: { at: new Date().toISOString(), fresh: true, refreshing: false },
  live: null,
  publishing: null,
  notices: [],
};

const did: string[] = [];
const actions: AppActions = {
  setInput: (name, value) => did.push(`set ${name} ${String(value)}`),
  press: (name) => did.push(`press ${name}`),
  runAll: () => did.push("run all"),
  interrupt: () => did.push("interrupt"),
  queryTable: () => Promise.reject(new Error("No kernel.")),
  retryNow: () => did.push("retry"),
  startAgain: () => did.push("start again"),
};

const stateOf = (change: Partial<Snapshot> = {}, more: Partial<RoomState> = {}): RoomState => ({
  status: "live",
  room: roomOf({ ...SNAPSHOT, ...change }),
  pending: new Set(),
  refusals: {},
  ended: null,
  lived: true,
  ...more,
});
const page = (state: RoomState, more: Partial<AppPageProps> = {}) =>
  render(<AppPage state={state} actions={actions} project="p" {...more} />);
const main = (): HTMLElement => screen.getByRole("main");
const mark = (id: string): HTMLElement | null => main().querySelector(`[data-cell="${id}"]`);

beforeEach(() => {
  did.length = 0;
  localStorage.clear();
});
afterEach(() => vi.useRealTimers());

test("the marks of the contract stand on the page, its cells and its inputs", () => {
  page(stateOf());
  expect(main().dataset).toMatchObject({ app: "true", appState: "results", version: "3", session: "secret" });
  expect(mark("a")?.dataset["cellState"]).toBe("done");
  expect(mark("b")?.dataset["cellState"]).toBe("skipped");
  const input = main().querySelector<HTMLElement>('[data-input="n"]');
  expect(input && within(input).getByRole("slider", { name: "Rows" })).toBeTruthy();
});

test("printed text is shown only where the layout shows it", async () => {
  page(stateOf());
  expect(mark("a")?.textContent).toBe("printed");
  await userEvent.click(screen.getByRole("tab", { name: "Details" }));
  expect(mark("c")?.textContent).toBe("");
});

test("tabs are walked with the arrow keys", async () => {
  page(stateOf());
  const user = userEvent.setup();
  await user.click(screen.getByRole("tab", { name: "Overview" }));
  await user.keyboard("{ArrowRight}");
  expect(screen.getByRole("tab", { name: "Details" }).getAttribute("aria-selected")).toBe("true");
  expect(document.activeElement?.textContent).toBe("Details");
  await user.keyboard("{Home}");
  expect(document.activeElement?.textContent).toBe("Overview");
});

test("refresh runs again; while it runs the page says how far, and cancels", async () => {
  const { rerender } = page(stateOf());
  await userEvent.click(screen.getByRole("button", { name: "Refresh" }));
  const running = {
    number: 1,
    trigger: "refresh" as const,
    status: "running" as const,
    planned: ["a", "b"],
    finished: 1,
    current: "b",
    started_at: new Date().toISOString(),
    ended_at: "",
  };
  rerender(<AppPage state={stateOf({ run: running })} actions={actions} project="p" />);
  expect(main().dataset["appState"]).toBe("running");
  expect(await screen.findByText("cell 2 of 2")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  expect(did).toEqual(["run all", "interrupt"]);
});

test("old output stays while a cell runs, and a page without results keeps their place", () => {
  const { rerender } = page(stateOf({ cells: { ...SNAPSHOT.cells, a: { ...run("running", "printed") } } }));
  expect(mark("a")?.textContent).toBe("printed");
  rerender(<AppPage state={stateOf({ cells: {}, results: null })} actions={actions} project="p" />);
  expect(main().dataset["appState"]).toBe("no-results");
  expect(mark("b")?.textContent).toBe("Stores");
  expect(mark("b")?.querySelector<HTMLElement>("[style*='height']")).toBeTruthy();
});

test("a tab with a session of its own does not flash the published results", () => {
  page(stateOf({}, { status: "connecting" }), { hideResults: true });
  expect(main().dataset["appState"]).toBe("starting");
  expect(main().querySelector("[data-hidden]")).toBeTruthy();
});

test("a manual app has a Run button", async () => {
  const app = SNAPSHOT.app && {
    ...SNAPSHOT.app,
    settings: { ...SNAPSHOT.app.settings, on_interaction: "manual" as const },
  };
  page(stateOf({ app }));
  await userEvent.click(screen.getByRole("button", { name: "Run" }));
  expect(did).toEqual(["run all"]);
});

const ENDED = {
  type: "ended",
  reason: "session_ended",
  sentence: "This session was ended by its publisher.",
} as const;

test("an ended session keeps what is on the page, says how old it is, and goes on when asked", async () => {
  page(stateOf({}, { status: "ended", ended: ENDED }));
  expect(main().dataset["appState"]).toBe("ended");
  expect(mark("a")?.textContent).toBe("printed");
  expect(screen.getByText(new RegExp(ENDED.sentence))).toBeTruthy();
  expect(screen.getByText("just now")).toBeTruthy();
  expect(screen.getByRole("slider")).toHaveProperty("disabled", false);
  await userEvent.click(screen.getByRole("button", { name: "Run again" }));
  expect(did).toEqual(["run all"]);
});

test("a live session's link after its end says so and offers the app", () => {
  page(stateOf({}, { status: "ended", ended: ENDED, lived: false }), { sharing: sharing() });
  expect(screen.getByRole("heading", { name: ENDED.sentence })).toBeTruthy();
  expect(screen.getByRole("link", { name: "Open the app" }).getAttribute("href")).toBe(URL_OF_APP);
  expect(mark("a")).toBeNull();
});

test("access that is gone closes the controls", () => {
  page(stateOf({}, { status: "ended", ended: { ...ENDED, reason: "no_access" } }));
  expect(screen.getByRole("slider")).toHaveProperty("disabled", true);
});

test("a full machine says the place in line and lets go of it", async () => {
  page(stateOf({ kernel: { ...SNAPSHOT.kernel, state: "queued", position: 3 } }));
  expect(await screen.findByText("Waiting for a free kernel, 3rd in line")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  expect(did).toEqual(["interrupt"]);
});

test("an earlier session is offered quietly, until something is done here", async () => {
  let went = 0;
  const earlier = {
    session: "old",
    summary: "Rows: 7",
    at: new Date(Date.now() - 12 * 60_000).toISOString(),
  };
  const more = { earlier, onContinue: () => (went += 1) };
  const { rerender } = page(stateOf(), more);
  expect(screen.getByText("Continue where you were (Rows: 7, 12 min ago)?")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Continue" }));
  expect(went).toBe(1);
  const busy = stateOf({ results: null, kernel: { ...SNAPSHOT.kernel, state: "busy" } });
  rerender(<AppPage state={busy} actions={actions} project="p" {...more} />);
  expect(screen.queryByRole("button", { name: "Continue" })).toBeNull();
});

const URL_OF_APP = "https://a.example/main/app/p/latest";
const sharing = (more: Partial<Sharing> = {}): Sharing => ({
  url: URL_OF_APP,
  currentInputs: () => Promise.resolve({ url: `${URL_OF_APP}?_n=4`, notCarried: ["Stores file"] }),
  liveUrl: (session) => `${URL_OF_APP}?session=${session}`,
  goLive: () => {
    did.push("go live");
    return Promise.resolve(`${URL_OF_APP}?session=secret`);
  },
  endForAll: () => Promise.resolve(void did.push("end for all")),
  leave: () => Promise.resolve(),
  ...more,
});
const MEMBERS = [
  { id: "me", name: "Ana", color: 1, cursor: null, you: true },
  { id: "bo", name: "Bo", color: 2, cursor: null, you: false },
];

test("the Share menu copies three links and names what the second does not carry", async () => {
  const copied: string[] = [];
  const user = userEvent.setup();
  vi.spyOn(navigator.clipboard, "writeText").mockImplementation((text) =>
    Promise.resolve(void copied.push(text)),
  );
  page(stateOf(), { sharing: sharing() });
  await user.click(screen.getByRole("button", { name: "Share" }));
  expect(await screen.findByText("Not in the link: Stores file.")).toBeTruthy();
  expect(screen.getByText(/Starts a new session with what you see: Rows 4/)).toBeTruthy();
  for (const name of [/to the published app/, /with current inputs/, /Go live/]) {
    await user.click(screen.getByRole("button", { name }));
    expect(await screen.findByText("Link copied")).toBeTruthy();
  }
  expect(copied).toEqual([URL_OF_APP, `${URL_OF_APP}?_n=4`, `${URL_OF_APP}?session=secret`]);
  expect(did).toEqual(["go live"]);
  await user.keyboard("{Escape}");
  expect(document.activeElement?.textContent).toBe("Share");
});

test("values too long for a link name the input and point to a live session", async () => {
  const currentInputs = (): Promise<never> =>
    Promise.reject(new ApiError(422, "TOO_LONG", "Notes is too long for a link.", ""));
  page(stateOf(), { sharing: sharing({ currentInputs }) });
  await userEvent.click(screen.getByRole("button", { name: "Share" }));
  expect((await screen.findByRole("alert")).textContent).toBe(
    "Notes is too long for a link. Share a live session instead.",
  );
});

test("a signed-out visitor cannot start a live session", async () => {
  page(stateOf(), { sharing: sharing({ goLive: null }) });
  await userEvent.click(screen.getByRole("button", { name: "Share" }));
  expect(screen.queryByRole("button", { name: /Go live/ })).toBeNull();
  expect(screen.getByText(/Sign in to start one/)).toBeTruthy();
});

test("a live session says so and who is here; its starter ends it for all, everybody may leave", async () => {
  let left = 0;
  const live = { members: MEMBERS, live: { by: "me", name: "Ana" } };
  const more = { sharing: sharing(), onLeave: () => (left += 1) };
  const { rerender } = page(stateOf(live), more);
  expect(within(screen.getByRole("list", { name: "Here now" })).getAllByRole("listitem")).toHaveLength(2);
  await userEvent.click(screen.getByRole("button", { name: "Leave" }));
  expect(left).toBe(1);
  await userEvent.click(screen.getByRole("button", { name: "Live" }));
  await userEvent.click(screen.getByRole("button", { name: "End for all" }));
  expect(did).toEqual(["end for all"]);
  const theirs = stateOf({ ...live, live: { by: "bo", name: "Bo" } });
  rerender(<AppPage state={theirs} actions={actions} project="p" {...more} />);
  expect(screen.queryByRole("button", { name: "End for all" })).toBeNull();
  rerender(<AppPage state={theirs} actions={actions} project="p" editUrl="/e" {...more} />);
  expect(screen.getByRole("button", { name: "End for all" })).toBeTruthy();
});

test("what another set is said below the input, for a while; one's own is not", () => {
  vi.useFakeTimers();
  const before = stateOf({ members: MEMBERS });
  const { rerender } = page(before);
  const by = (name: string): RoomState => ({
    ...before,
    room: before.room && {
      ...before.room,
      inputs: { n: 7 },
      setBy: { n: { name, count: 1 } },
    },
  });
  rerender(<AppPage state={by("Ana")} actions={actions} project="p" />);
  expect(screen.queryByText(/set Rows/)).toBeNull();
  rerender(<AppPage state={by("Bo")} actions={actions} project="p" />);
  expect(screen.getByText("Bo set Rows to 7")).toBeTruthy();
  act(() => void vi.advanceTimersByTime(7_000));
  expect(screen.queryByText(/set Rows/)).toBeNull();
});

test("a value made offline is marked until it is sent", () => {
  page(stateOf({}, { status: "offline", pending: new Set(["n"]) }));
  expect(screen.getByText("not sent yet")).toBeTruthy();
});

test("a dead kernel says how it died and offers to run again", async () => {
  const sentence = "The kernel ran out of memory after 3 minutes. Load fewer rows.";
  page(stateOf({ kernel: { state: "dead", sentence, python: "", started_at: "", position: 0 } }));
  expect(main().dataset["appState"]).toBe("error");
  expect(screen.getByText(sentence)).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Run again" }));
  expect(did).toEqual(["run all"]);
});

test("a newer version offers a reload that keeps the inputs; a notice can be put away", async () => {
  let reloaded = 0;
  const notices = [
    { code: "newer_version", text: "A newer version was published." },
    { code: "ignored_parameters", text: "The address names inputs that this app has not: x." },
  ] as const;
  page(stateOf({ notices }), { onReload: () => (reloaded += 1) });
  await userEvent.click(screen.getByRole("button", { name: "Reload, keeping my inputs" }));
  expect(reloaded).toBe(1);
  await userEvent.click(screen.getAllByRole("button", { name: "Dismiss" })[1] ?? document.body);
  expect(screen.queryByText(/The address names/)).toBeNull();
  expect(screen.getByText("A newer version was published.")).toBeTruthy();
});

test("offline for longer than a second, the page says what is kept", async () => {
  page(stateOf({}, { status: "offline" }));
  expect(main().dataset["appState"]).toBe("offline");
  await userEvent.click(await screen.findByRole("button", { name: "Try now" }, { timeout: 3_000 }));
  expect(did).toEqual(["retry"]);
});

test("inside the publish dialog it is the same page without a bar", () => {
  page(stateOf(), { embedded: true, editUrl: "/x", sharing: sharing() });
  expect(screen.queryByRole("banner")).toBeNull();
  expect(screen.getByRole("slider", { name: "Rows" })).toBeTruthy();
});

test("only who may edit sees the way to the logic", () => {
  const { rerender } = page(stateOf());
  expect(screen.queryByRole("link", { name: "Edit" })).toBeNull();
  rerender(<AppPage state={stateOf()} actions={actions} project="p" editUrl="/main/project/p/logic" />);
  expect(screen.getByRole("link", { name: "Edit" })).toBeTruthy();
});
