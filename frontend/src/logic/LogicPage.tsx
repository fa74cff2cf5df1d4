// The logic view: the notebook where editors work, together and live.
//
// The page owns one connection to the project's draft and one `Notebook`; everything that it shows is the room, plus
// what is this tab's own: the selection, which dialog is open.

import {
  lazy,
  Suspense,
  useEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
} from "react";

import { projectPages } from "../core/pages";
import type { Room } from "../core/room";
import { requestText } from "../net/api";
import { RoomConnection } from "../net/socket";
import { useRoom } from "../net/useRoom";
import { Secrets } from "../secrets/Secrets";
import { Button, ButtonLink } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { download, slug } from "../ui/download";
import { Icon } from "../ui/Icon";
import { Kbd } from "../ui/Kbd";
import { Spinner } from "../ui/Spinner";
import { Banner, EmptyState, FramePicture } from "../ui/State";
import { Toasts, useSay } from "../ui/Toast";
import type { Document, TableQuery } from "../wire";
import { AddBar, Gap } from "./AddBar";
import {
  INPUT_KINDS,
  KIND_NAMES,
  nameOf,
  NEVER_RUN,
  newCell,
  newInput,
  shortName,
  TYPE_ICONS,
  TYPE_NAMES,
  type CellType,
} from "./cells";
import { CellView } from "./CellView";
import { Files } from "./Files";
import { Header, type ProjectActs } from "./Header";
import { HELP, press, type Mode } from "./keys";
import styles from "./LogicPage.module.css";
import { Notebook, NotebookProvider, useNotebook, useSelection } from "./notebook";
import { Outline } from "./Outline";
import type { PaletteCommand } from "./Palette";
import { SidePanel } from "./SidePanel";

const Palette = lazy(() => import("./Palette").then((module) => ({ default: module.Palette })));
const PublishDialog = lazy(() =>
  import("../publish/PublishDialog").then((module) => ({ default: module.PublishDialog })),
);
const SettingsDialog = lazy(() =>
  import("./SettingsDialog").then((module) => ({ default: module.SettingsDialog })),
);
const ShareDialog = lazy(() =>
  import("../share/ShareDialog").then((module) => ({ default: module.ShareDialog })),
);

export interface LogicPageProps {
  readonly workspace: string;
  readonly project: string;
}

export function LogicPage(props: LogicPageProps) {
  return (
    <Toasts>
      <Connected key={props.project} {...props} />
    </Toasts>
  );
}

type Open =
  "" | "palette" | "help" | "publish" | "share" | "outline" | "variables" | "settings" | "files" | "secrets";

function Connected({ workspace, project }: LogicPageProps) {
  const say = useSay();
  const [open, setOpen] = useState<Open>("");
  const [panel, setPanel] = useState<"outline" | "files" | "secrets">("outline");
  const [connection] = useState(() => new RoomConnection({ room: { room: "logic", project } }));
  const [notebook] = useState(
    () =>
      new Notebook({
        project,
        connection,
        say,
        onPalette: () => setOpen("palette"),
        onHelp: () => setOpen("help"),
      }),
  );
  useEffect(() => {
    const unfollow = notebook.texts.follow();
    connection.start();
    return () => {
      unfollow();
      connection.stop();
    };
  }, [connection, notebook]);

  const state = useRoom(connection);
  const { room, status, ended } = state;

  // The rest of the page waits for these, in the order in which the room moves.
  const cells = room?.document?.cells;
  useEffect(() => {
    if (cells) notebook.arrive(cells);
  }, [notebook, cells]);
  const members = room?.members;
  useEffect(() => {
    if (members) notebook.texts.setMembers(members);
  }, [notebook, members]);
  const canEdit = notebook.canEdit;
  useEffect(() => notebook.texts.setEditable(canEdit), [notebook, canEdit]);

  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => {
      if (notebook.texts.unsaved) event.preventDefault();
    };
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [notebook]);

  if (ended) {
    return (
      <EmptyState
        title="This page has ended"
        picture={<FramePicture />}
        action={
          <>
            <ButtonLink href="/">All projects</ButtonLink>
            <Button variant="primary" onPress={connection.restart}>
              Open again
            </Button>
          </>
        }
      >
        <p>{ended.sentence}</p>
      </EmptyState>
    );
  }
  if (!room?.document) return <Opening status={status} onRetry={connection.retryNow} />;
  const appUrl = `/${workspace}/app/${project}/latest`;
  const versionsUrl = `/${workspace}/project/${project}/versions`;
  const { title } = room.document;
  const acts: ProjectActs = {
    settings: () => setOpen("settings"),
    files: () => setOpen("files"),
    secrets: () => setOpen("secrets"),
    help: () => setOpen("help"),
    exportAs: (format) => {
      requestText("GET", `/projects/${project}/export`, {
        query: { version: "draft", format },
        headers: { Accept: "*/*" },
      }).then(
        (text) => download(text, `${slug(title)}.${format === "yaml" ? "vernissage.yaml" : "ipynb"}`),
        (error: unknown) =>
          say({ text: error instanceof Error ? error.message : String(error), tone: "error" }),
      );
    },
  };
  const close = (): void => setOpen("");
  const secrets = (titled: boolean): ReactNode =>
    canEdit && (
      <Secrets
        at={`/projects/${project}/secrets`}
        scope="PROJECT"
        titled={titled}
        onChanged={() => {
          if (room.kernel.state !== "idle" && room.kernel.state !== "busy") return;
          say({
            text: "A kernel reads secrets when it starts.",
            action: { name: "Restart and run all", run: () => notebook.do({ do: "restart_and_run_all" }) },
          });
        }}
      />
    );
  return (
    <NotebookProvider value={notebook}>
      <Header
        room={room}
        status={status}
        links={projectPages(workspace, project, "Logic", room.publishing?.published != null)}
        onShare={() => setOpen("share")}
        onPublish={() => setOpen("publish")}
        onPalette={() => setOpen("palette")}
        onVariables={() => setOpen("variables")}
        versionsUrl={versionsUrl}
        project={acts}
      />
      <div className={styles.page}>
        <aside className={styles.left}>
          <div className={styles.sticky}>
            <div className={styles.panels}>
              <button type="button" aria-pressed={panel === "outline"} onClick={() => setPanel("outline")}>
                <Icon name="list" />
                Outline
              </button>
              <button type="button" aria-pressed={panel === "files"} onClick={() => setPanel("files")}>
                <Icon name="table" />
                Files
                {room.document.files.length > 0 && <span>{room.document.files.length}</span>}
              </button>
              {canEdit && (
                <button type="button" aria-pressed={panel === "secrets"} onClick={() => setPanel("secrets")}>
                  <Icon name="key" />
                  Secrets
                </button>
              )}
              <a href={versionsUrl}>
                <Icon name="versions" />
                Versions
              </a>
            </div>
            {panel === "outline" && <Outline cells={room.document.cells} runs={room.cells} />}
            {panel === "files" && <Files project={project} files={room.document.files} />}
            {panel === "secrets" && secrets(true)}
          </div>
        </aside>
        <Cells
          room={room}
          document={room.document}
          refusals={state.refusals}
          canEdit={canEdit}
          notices={<Notices room={room} status={status} onRetry={connection.retryNow} />}
        />
        <aside className={styles.right}>
          <div className={styles.sticky}>
            <SidePanel room={room} onPublish={() => setOpen("publish")} />
          </div>
        </aside>
      </div>
      <nav className={styles.bottom} aria-label="Panels">
        <button type="button" onClick={() => setOpen("outline")}>
          <Icon name="list" />
          Cells
        </button>
        <button type="button" onClick={() => setOpen("variables")}>
          <Icon name="value" />
          Variables
        </button>
        {canEdit && (
          <button type="button" onClick={() => notebook.do({ do: "run_all" })}>
            <Icon name="play" />
            Run all
          </button>
        )}
      </nav>
      <Dialog title="Cells" isOpen={open === "outline"} onClose={close}>
        <Outline cells={room.document.cells} runs={room.cells} onGo={close} />
      </Dialog>
      <Dialog title="Variables and kernel" isOpen={open === "variables"} onClose={close}>
        <SidePanel room={room} onPublish={() => setOpen("publish")} />
      </Dialog>
      <Dialog title="Files" isOpen={open === "files"} onClose={close}>
        <Files project={project} files={room.document.files} titled={false} />
      </Dialog>
      <Dialog title="Secrets" isOpen={open === "secrets"} onClose={close}>
        {secrets(false)}
      </Dialog>
      <Dialog title="Keys" isOpen={open === "help"} onClose={close} size="medium">
        <dl className={styles.keys}>
          {HELP.map(({ keys, does }) => (
            <div key={keys}>
              <dt>
                <Kbd>{keys}</Kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </Dialog>
      <Suspense fallback={null}>
        {open === "palette" && (
          <Palette
            isOpen
            onClose={close}
            commands={commandsOf(notebook, room, {
              onPublish: () => setOpen("publish"),
              onShare: () => setOpen("share"),
              onOutline: () => setPanel("outline"),
              versionsUrl,
              acts,
            })}
          />
        )}
        {open === "settings" && <SettingsDialog document={room.document} onClose={close} />}
        {open === "share" && (
          <ShareDialog
            project={project}
            appUrl={appUrl}
            published={room.publishing?.published ?? null}
            onClose={close}
          />
        )}
        {open === "publish" && room.publishing && (
          <PublishDialog
            project={project}
            appUrl={appUrl}
            document={room.document}
            publishing={room.publishing}
            cells={room.cells}
            onClose={close}
            onRestart={() => {
              close();
              notebook.do({ do: "restart_and_run_all" });
            }}
            onShowCell={(cell) => {
              close();
              // After the dialog gave the focus back.
              setTimeout(() => notebook.focus(cell));
            }}
          />
        )}
      </Suspense>
    </NotebookProvider>
  );
}

/** Before the first snapshot: nothing for a moment, then what it waits for. */
function Opening({ status, onRetry }: { readonly status: string; readonly onRetry: () => void }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 300);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return null;
  return (
    <div className={styles.opening}>
      {status === "offline" ? (
        <>
          The server cannot be reached. Trying again.
          <Button small onPress={onRetry}>
            Try now
          </Button>
        </>
      ) : (
        <>
          <Spinner /> Opening the notebook
        </>
      )}
    </div>
  );
}

function Notices({
  room,
  status,
  onRetry,
}: {
  readonly room: Room;
  readonly status: string;
  readonly onRetry: () => void;
}): ReactNode {
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const shown = room.notices.filter((notice) => !dismissed.has(`${notice.code} ${notice.text}`));
  return (
    <>
      {status === "offline" && (
        <Banner
          tone="warn"
          icon="offline"
          action={
            <Button small onPress={onRetry}>
              Try now
            </Button>
          }
        >
          The connection is lost. You can go on typing; it is sent when the server is back.
        </Banner>
      )}
      {room.kernel.state === "dead" && room.kernel.sentence && (
        <Banner tone="error" icon="error">
          {room.kernel.sentence}
        </Banner>
      )}
      {shown.map((notice) => (
        <Banner
          key={notice.code}
          tone={notice.code === "forced_errors" || notice.code === "kernel_ended" ? "error" : "info"}
          icon={notice.code === "forced_errors" || notice.code === "kernel_ended" ? "error" : "clock"}
          action={
            <Button
              small
              variant="quiet"
              onPress={() => setDismissed((all) => new Set([...all, `${notice.code} ${notice.text}`]))}
            >
              Dismiss
            </Button>
          }
        >
          {notice.text}
        </Banner>
      ))}
    </>
  );
}

interface CellsProps {
  readonly room: Room;
  readonly document: Document;
  readonly refusals: Readonly<Record<string, string>>;
  readonly canEdit: boolean;
  readonly notices: ReactNode;
}

function Cells({ room, document, refusals, canEdit, notices }: CellsProps) {
  const notebook = useNotebook();
  const selection = useSelection(notebook);
  const pending = useRef("");
  const tabs = useMemo(() => tabsOf(document), [document]);
  const places = useMemo(
    () =>
      new Map(
        document.cells.map((cell, index) => [
          cell.id,
          { id: cell.id, name: nameOf(cell, index), number: index + 1 },
        ]),
      ),
    [document.cells],
  );
  const queryTable = useMemo(
    () => (cell: string, table: string, query: TableQuery) => askTable(notebook, cell, table, query),
    [notebook],
  );

  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const mode = modeOf(event.target, event.currentTarget);
    if (!mode || event.nativeEvent.isComposing) return;
    const stroke = {
      key: event.key,
      shift: event.shiftKey,
      alt: event.altKey,
      ctrl: event.ctrlKey,
      meta: event.metaKey,
    };
    const pressed = press(mode, pending.current, stroke);
    pending.current = pressed.pending;
    if (!pressed.command || !notebook.obey(pressed.command)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  // The palette and the list of keys are reached from anywhere on the page, the latter where "?" is no text.
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent): void => {
      if (event.key === "?" && !event.ctrlKey && !event.metaKey && !event.altKey) {
        const { target } = event;
        if (target instanceof Element && target.closest("input, textarea, select, .cm-editor, [role=dialog]"))
          return;
        event.preventDefault();
        event.stopPropagation();
        notebook.obey("help");
        return;
      }
      if (
        !(event.ctrlKey || event.metaKey) ||
        event.shiftKey ||
        event.altKey ||
        event.key.toLowerCase() !== "k"
      )
        return;
      event.preventDefault();
      event.stopPropagation();
      notebook.obey("palette");
    };
    window.addEventListener("keydown", listen, { capture: true });
    return () => window.removeEventListener("keydown", listen, { capture: true });
  }, [notebook]);

  const last = document.cells.at(-1)?.id ?? "";
  return (
    // The keys of the notebook are those of whatever cell has the focus inside.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <main className={styles.notebook} onKeyDownCapture={onKeyDown}>
      {notices}
      {document.cells.length === 0 && (
        <EmptyState title="An empty notebook" picture={<FramePicture />}>
          <p>
            {canEdit
              ? "Write Python, ask with SQL, or begin with a heading."
              : "Nobody has written anything here yet."}
          </p>
        </EmptyState>
      )}
      {document.cells.map((cell, index) => {
        const run = room.cells[cell.id] ?? NEVER_RUN;
        const input = cell.type === "input" ? cell.input.name : "";
        const selected = selection.cell === cell.id;
        return (
          <div key={cell.id}>
            {index > 0 && <Gap after={document.cells[index - 1]?.id ?? ""} editable={canEdit} />}
            <CellView
              cell={cell}
              index={index}
              run={run}
              selected={selected}
              editing={selected && selection.editing}
              canEdit={canEdit}
              value={input ? room.inputs[input] : undefined}
              refusal={input ? (refusals[input] ?? "") : ""}
              waiting={input !== "" && room.waiting.includes(input)}
              tab={tabs ? (tabs.get(cell.id) ?? null) : ""}
              waitsFor={run.waits_for ? (places.get(run.waits_for) ?? null) : null}
              queryTable={queryTable}
            />
          </div>
        );
      })}
      {canEdit && (
        <div className={styles.end}>
          <AddBar after={last} />
        </div>
      )}
    </main>
  );
}

function askTable(notebook: Notebook, cell: string, table: string, query: TableQuery) {
  return notebook.connection.ask({ ask: "table", cell, table, query });
}

/** Which of the keyboard's modes an element is in; null where keys are none of the notebook's business. */
function modeOf(target: EventTarget, main: HTMLElement): Mode | null {
  if (!(target instanceof Element) || !main.contains(target)) return null;
  const cell = target.closest("[data-cell]");
  if (!cell) return null;
  if (target === cell) return "command";
  return target.closest(".cm-editor") ? "edit" : "field";
}

/** Cell → name of the tab that shows it; null where the app is one column of all cells. */
function tabsOf(document: Document): ReadonlyMap<string, string> | null {
  if (!document.app) return null;
  const tabs = new Map<string, string>();
  for (const tab of document.app.tabs) {
    for (const row of tab.rows) {
      for (const column of row.columns)
        for (const element of column.elements) tabs.set(element.cell, tab.name);
    }
  }
  return tabs;
}

function commandsOf(
  notebook: Notebook,
  room: Room,
  on: {
    readonly onPublish: () => void;
    readonly onShare: () => void;
    readonly onOutline: () => void;
    readonly versionsUrl: string;
    readonly acts: ProjectActs;
  },
): readonly PaletteCommand[] {
  const cells = room.document?.cells ?? [];
  const after = notebook.getSelection().cell || (cells.at(-1)?.id ?? "");
  const add = (type: Exclude<CellType, "input">): PaletteCommand => ({
    id: `add ${type}`,
    name: `Add ${TYPE_NAMES[type]} cell`,
    icon: TYPE_ICONS[type],
    run: () => notebook.insert(newCell(type), after),
  });
  const editing: readonly PaletteCommand[] = notebook.canEdit
    ? [
        { id: "run all", name: "Run all", icon: "play", run: () => notebook.do({ do: "run_all" }) },
        {
          id: "restart",
          name: "Restart & run all",
          icon: "refresh",
          keys: "0 0",
          run: () => notebook.do({ do: "restart_and_run_all" }),
        },
        {
          id: "interrupt",
          name: "Interrupt",
          icon: "stop",
          keys: "I I",
          run: () => notebook.do({ do: "interrupt" }),
        },
        { id: "stop", name: "Stop kernel", run: () => notebook.do({ do: "stop_kernel" }) },
        { id: "clear", name: "Clear outputs", run: () => notebook.do({ do: "clear_outputs", cells: [] }) },
        ...(["python", "sql", "markdown", "chart", "table", "value"] as const).map(add),
        ...INPUT_KINDS.map((kind): PaletteCommand => ({
          id: `add input ${kind}`,
          name: `Add input: ${KIND_NAMES[kind]}`,
          icon: "input",
          run: () => {
            if (notebook.document) notebook.insert(newInput(kind, notebook.document), after);
          },
        })),
        { id: "undo delete", name: "Undo the last delete", keys: "Z", run: () => notebook.restore() },
        ...(room.publishing?.unpublished_changes
          ? [{ id: "publish", name: "Publish", icon: "upload" as const, run: on.onPublish }]
          : []),
        { id: "share", name: "Share", icon: "people", run: on.onShare },
      ]
    : [];
  return [
    ...editing,
    { id: "settings", name: "Project settings", icon: "settings", run: on.acts.settings },
    { id: "files", name: "Files of the project", icon: "table", run: on.acts.files },
    ...(notebook.canEdit
      ? [{ id: "secrets", name: "Secrets of the project", icon: "key" as const, run: on.acts.secrets }]
      : []),
    { id: "outline", name: "Show the outline", icon: "list", run: on.onOutline },
    {
      id: "versions",
      name: "Versions",
      icon: "versions",
      run: () => location.assign(on.versionsUrl),
    },
    {
      id: "export yaml",
      name: "Export project file",
      icon: "download",
      run: () => on.acts.exportAs("yaml"),
    },
    {
      id: "export ipynb",
      name: "Export as .ipynb",
      icon: "download",
      run: () => on.acts.exportAs("ipynb"),
    },
    { id: "home", name: "All projects", run: () => location.assign("/") },
    { id: "help", name: "Keys", keys: "?", run: on.acts.help },
    ...cells.map((cell, index): PaletteCommand => ({
      id: `go ${cell.id}`,
      name: `Go to ${shortName(cell, index)}`,
      icon: TYPE_ICONS[cell.type],
      run: () => notebook.focus(cell.id),
    })),
  ];
}
