import { render, screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { AppActions } from "./actions";
import { AppPage, type AppPageProps } from "./AppPage";
import { roomOf } from "../core/room";
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
    settings: { on_open: "published_results", on_interaction: "auto" },
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
  results: { at: new Date().toISOString(), fresh: true },
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

test("an ended session keeps what is on the page and offers a new one", async () => {
  const ended = {
    type: "ended",
    reason: "session_ended",
    sentence: "This session was ended by its publisher.",
  } as const;
  page(stateOf({}, { status: "ended", ended }));
  expect(main().dataset["appState"]).toBe("ended");
  expect(mark("a")?.textContent).toBe("printed");
  expect(screen.getByText(ended.sentence)).toBeTruthy();
  expect(screen.getByRole("slider")).toHaveProperty("disabled", true);
  await userEvent.click(screen.getByRole("button", { name: "Start again" }));
  expect(did).toEqual(["start again"]);
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
  page(stateOf(), { embedded: true, editUrl: "/x", shareUrl: "/y" });
  expect(screen.queryByRole("banner")).toBeNull();
  expect(screen.getByRole("slider", { name: "Rows" })).toBeTruthy();
});

test("only who may edit sees the way to the logic; everybody can copy the app's address", async () => {
  const copied: string[] = [];
  const user = userEvent.setup();
  vi.spyOn(navigator.clipboard, "writeText").mockImplementation((text) =>
    Promise.resolve(void copied.push(text)),
  );
  const { rerender } = page(stateOf(), { shareUrl: "https://a.example/main/app/p/latest" });
  expect(screen.queryByRole("link", { name: "Edit" })).toBeNull();
  await user.click(screen.getByRole("button", { name: "Share" }));
  await user.click(screen.getByRole("button", { name: "Copy link" }));
  expect(copied).toEqual(["https://a.example/main/app/p/latest"]);
  expect(await screen.findByRole("button", { name: "Copied" })).toBeTruthy();
  rerender(<AppPage state={stateOf()} actions={actions} project="p" editUrl="/main/project/p/logic" />);
  expect(screen.getByRole("link", { name: "Edit" })).toBeTruthy();
});
