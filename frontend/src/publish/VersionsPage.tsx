// The history of a project: its versions, what became of each, and the ways back.
//
// Nothing here rewrites anything: publishing an older version goes through the same gate as any other, a revert is a
// step on top of the draft, unpublishing takes the app away and keeps every version.

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState, type ReactNode } from "react";

import { projectPages } from "../core/pages";
import { nameOf } from "../logic/cells";
import { ApiError, get, patch, post } from "../net/api";
import { RoomConnection } from "../net/socket";
import { useRoom } from "../net/useRoom";
import { Avatar } from "../ui/Avatars";
import { Button, ButtonLink, IconButton } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Select, TextField } from "../ui/Field";
import { ProjectBar } from "../ui/ProjectBar";
import { Banner, EmptyState, FramePicture, StateMark } from "../ui/State";
import { Tabs } from "../ui/Tabs";
import { Toasts, useSay, type Saying } from "../ui/Toast";
import type { Document, RevertBody, SessionsBody, SessionsEnded, VersionBody, VersionList } from "../wire";
import { useDifference, type Place } from "./difference";
import { Edits } from "./Edits";
import { HistoryList } from "./HistoryList";
import { before, comparisonOf, dayAndClock, fromHash, historyOf, runMark } from "./versions";
import styles from "./VersionsPage.module.css";

const PublishDialog = lazy(() =>
  import("./PublishDialog").then((module) => ({ default: module.PublishDialog })),
);

const Changes = lazy(() => import("./Changes").then((module) => ({ default: module.Changes })));

const VersionLogic = lazy(() =>
  import("./VersionLogic").then((module) => ({ default: module.VersionLogic })),
);

/** Versions that a menu offers to compare with; any other is reached by choosing it first. */
const COMPARABLE = 200;

export interface VersionsPageProps {
  readonly workspace: string;
  readonly project: string;
}

export function VersionsPage(props: VersionsPageProps) {
  return (
    <Toasts>
      <History key={props.project} {...props} />
    </Toasts>
  );
}

type Open = "" | "unpublish" | "save" | "revert" | "name" | "sessions";

function History({ workspace, project }: VersionsPageProps) {
  const say = useSay();
  const client = useQueryClient();
  const [open, setOpen] = useState<Open>("");
  const [chosen, setChosen] = useState<number | null>(() => fromHash(location.hash));
  const [connection] = useState(() => new RoomConnection({ room: { room: "logic", project } }));
  useEffect(() => {
    // Whoever publishes changes the list.
    const unwatch = connection.watch((message) => {
      if (message.type === "events" && message.events.some(({ event }) => event === "publishing_changed"))
        void client.invalidateQueries({ queryKey: ["versions", project] });
    });
    connection.start();
    return () => {
      unwatch();
      connection.stop();
    };
  }, [connection, client, project]);
  const { room, ended } = useRoom(connection);
  const key = ["versions", project] as const;
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      get<VersionList>(`/projects/${project}/versions`, {
        query: { limit: 100, ...(pageParam ? { after: pageParam } : {}) },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (last) => last.pagination.after,
  });
  const publishing = room?.publishing ?? null;
  const published = publishing?.published ?? null;

  const title = room?.document?.title ?? "";
  useEffect(() => {
    if (title) globalThis.document.title = `Versions of ${title} – Vernissage`;
  }, [title]);
  const canEdit = room?.access === "CAN_EDIT" || room?.access === "FULL_ACCESS";
  const logicUrl = `/${workspace}/project/${project}/logic`;
  const appUrl = `/${workspace}/app/${project}/latest`;
  const pages = list.data?.pages;
  const entries = useMemo(() => historyOf(pages ?? []), [pages]);
  const versions = useMemo(() => (pages ?? []).flatMap(({ values }) => values), [pages]);
  const listed = versions.find(({ number }) => number === chosen);
  // An address may name one that is far down the list.
  const far = useQuery({
    queryKey: [...key, chosen],
    queryFn: () => get<VersionBody>(`/projects/${project}/versions/${chosen}`),
    enabled: list.isSuccess && chosen !== null && !listed,
    retry: false,
  });
  const version = listed ?? (chosen !== null && far.isPending ? undefined : (far.data ?? versions[0]));
  const { fetchNextPage, isFetchingNextPage } = list;
  const onMore = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage]);
  const earlier = version ? before(version.number, versions) : null;
  const [again, setAgain] = useState<VersionBody | null>(null);
  const choose = (number: number): void => {
    setChosen(number);
    history.replaceState(history.state, "", `#${number}`);
  };

  /** Answers what went wrong, "" where nothing did. */
  const attempt = async <T,>(
    path: string,
    body: object | undefined,
    done: (answer: T) => Saying | string,
    send: (path: string, body?: unknown) => Promise<T> = post,
  ): Promise<string> => {
    try {
      say(done(await send(`/projects/${project}${path}`, body)));
      await client.invalidateQueries({ queryKey: key });
      return "";
    } catch (error) {
      return error instanceof ApiError ? `${error.message} ${error.hint}`.trim() : String(error);
    }
  };

  return (
    <>
      <ProjectBar title={title} links={projectPages(workspace, project, "Versions", published !== null)}>
        {canEdit && (
          <Button small onPress={() => setOpen("save")}>
            Save draft as version
          </Button>
        )}
      </ProjectBar>
      <main className={styles.page}>
        {ended && (
          <Banner tone="warn" icon="warn">
            {ended.sentence}
          </Banner>
        )}
        {list.isError && (
          <Banner
            tone="error"
            icon="error"
            action={
              <Button small onPress={() => void list.refetch()}>
                Try again
              </Button>
            }
          >
            {list.error.message}
          </Banner>
        )}
        {list.isSuccess && versions.length === 0 && (
          <EmptyState
            title="No versions yet"
            picture={<FramePicture />}
            action={
              <ButtonLink variant="primary" href={logicUrl}>
                To the logic
              </ButtonLink>
            }
          >
            <p>Each publish makes one. It is kept for good, with its cells, its layout and its files.</p>
          </EmptyState>
        )}
        {version && (
          <div className={styles.columns}>
            <HistoryList
              entries={entries}
              chosen={version.number}
              onChoose={choose}
              publishing={publishing}
              logicUrl={logicUrl}
              more={list.hasNextPage}
              onMore={onMore}
            />
            <Detail
              version={version}
              onName={canEdit ? () => setOpen("name") : null}
              views={
                <Views
                  key={version.number}
                  project={project}
                  version={version}
                  versions={versions}
                  document={room?.document ?? null}
                />
              }
              appUrl={version.published ? appUrl : `/${workspace}/app/${project}/v/${version.number}`}
              acts={
                canEdit && (
                  <>
                    <Button small onPress={() => setOpen("revert")}>
                      Revert draft to this
                    </Button>
                    {version.published ? (
                      <>
                        {earlier && (
                          <Button small onPress={() => setAgain(earlier)}>
                            Roll back to version {earlier.number}
                          </Button>
                        )}
                        <Button small onPress={() => setOpen("sessions")}>
                          End open sessions…
                        </Button>
                        <Button small onPress={() => setOpen("unpublish")}>
                          Unpublish…
                        </Button>
                      </>
                    ) : (
                      <Button small onPress={() => setAgain(version)}>
                        Publish again…
                      </Button>
                    )}
                  </>
                )
              }
            />
          </div>
        )}
      </main>
      {open === "save" && (
        <Ask
          title="Save the draft as a version"
          button="Save version"
          field="Title"
          onClose={() => setOpen("")}
          onDo={(text) =>
            attempt<VersionBody>(
              "/versions",
              { title: text },
              ({ number }) => `The draft is saved as version ${number}.`,
            )
          }
        >
          The app stays as it is. The version can be looked at, compared and published later.
        </Ask>
      )}
      {open === "revert" && version && (
        <Ask
          title={`Revert the draft to version ${version.number}?`}
          button="Revert draft"
          onClose={() => setOpen("")}
          onDo={() =>
            attempt<RevertBody>("/revert", { version: version.number }, ({ savedAs }) =>
              savedAs === null
                ? `The draft is version ${version.number} again.`
                : {
                    text: `The draft is version ${version.number} again. What it held before is version ${savedAs}.`,
                    action: {
                      name: "Undo",
                      run: () =>
                        void attempt("/revert", { version: savedAs }, () => "The draft is as it was before."),
                    },
                  },
            )
          }
        >
          What the draft holds now is saved as a version first, where none holds it yet. The published app
          stays as it is.
        </Ask>
      )}
      {open === "unpublish" && version && (
        <Ask
          title="Unpublish the app?"
          button="Unpublish"
          danger
          onClose={() => setOpen("")}
          onDo={() => attempt("/unpublish", undefined, () => "The app is no longer published.")}
        >
          Its address will say so, open sessions end, and schedules wait. Every version is kept and can be
          published again.
        </Ask>
      )}
      {open === "name" && version && (
        <Ask
          title={`Title of version ${version.number}`}
          button="Save title"
          field="Title"
          initial={version.title}
          onClose={() => setOpen("")}
          onDo={(text) =>
            attempt<VersionBody>(
              `/versions/${version.number}`,
              { title: text },
              () => "The title is saved.",
              patch,
            )
          }
        >
          The title stands beside the version. What is in it never changes.
        </Ask>
      )}
      {open === "sessions" && (
        <Ask
          title="End open sessions?"
          button="End sessions"
          danger
          onClose={() => setOpen("")}
          onDo={() =>
            attempt<SessionsEnded>("/sessions/end", undefined, ({ ended: count }) =>
              count === 1 ? "1 session was ended." : `${count} sessions were ended.`,
            )
          }
        >
          <OpenSessions project={project} /> Their pages keep what they show; what is done on one next begins
          a new session of the published version, with the same inputs.
        </Ask>
      )}
      {again && room?.document && publishing && (
        <Suspense fallback={null}>
          <PublishDialog
            project={project}
            appUrl={appUrl}
            document={room.document}
            publishing={publishing}
            cells={{}}
            again={{ number: again.number, title: again.title }}
            onClose={() => setAgain(null)}
            onRestart={() => location.assign(logicUrl)}
            onShowCell={(cell) => location.assign(`${logicUrl}#cell-${cell}`)}
          />
        </Suspense>
      )}
    </>
  );
}

function OpenSessions({ project }: { readonly project: string }) {
  const { data } = useQuery({
    queryKey: ["sessions", project],
    queryFn: () => get<SessionsBody>(`/projects/${project}/sessions`),
    staleTime: 0,
  });
  if (!data) return null;
  const open = data.open === 1 ? "1 session is open" : `${data.open} sessions are open`;
  return <strong>{data.older > 0 ? `${open}, ${data.older} on older versions.` : `${open}.`}</strong>;
}

function Detail({
  version,
  appUrl,
  acts,
  views,
  onName,
}: {
  readonly version: VersionBody;
  readonly views: ReactNode;
  /** null = this person may not. */
  readonly onName: (() => void) | null;
  readonly appUrl: string;
  readonly acts: ReactNode;
}) {
  const mark = runMark(version.runStatus);
  const by = version.author.name || version.author.email;
  return (
    <section className={styles.detail} aria-label={`Version ${version.number}`}>
      <div className={styles.head}>
        <div>
          <h2 className={styles.heading}>
            Version {version.number}
            {version.published && <span className={styles.published}>published</span>}
          </h2>
          <p className={styles.says}>
            {version.title || (onName ? "Without a title" : "")}
            {onName && (
              <IconButton label="Change the title" icon="edit" variant="plain" small onPress={onName} />
            )}
          </p>
        </div>
        <div className={styles.acts}>
          <ButtonLink small href={appUrl} target="_blank" icon="external">
            App
          </ButtonLink>
          {acts}
        </div>
      </div>
      <div className={styles.meta}>
        {by && (
          <span className={styles.by}>
            <Avatar name={by} color={1} /> {by}
          </span>
        )}
        <time dateTime={version.createdAt}>{dayAndClock(version.createdAt)}</time>
        {mark && (
          <StateMark tone={mark.tone} shape={mark.shape}>
            {mark.words}
          </StateMark>
        )}
        <code title={version.hash}>sha256 {version.hash.slice(0, 8)}</code>
      </div>
      <p className={styles.note}>
        {version.published
          ? "This is what people see. Sessions that began on an older version finish on it."
          : "Only people who can view the project can open it as an app."}
      </p>
      {views}
    </section>
  );
}

interface ViewsProps {
  readonly project: string;
  readonly version: VersionBody;
  readonly versions: readonly VersionBody[];
  readonly document: Document | null;
}

/** What a version changes, what it is, and how it came about. */
function Views(props: ViewsProps) {
  const { project, version, versions, document } = props;
  const [view, setView] = useState("changes");
  const { number } = version;
  const nameOfCell = nameIn(document);
  const isNewest = versions[0]?.number === number;
  return (
    <Tabs
      label={`Version ${number}`}
      selected={view}
      onSelect={setView}
      tabs={[
        { id: "changes", name: "Changes" },
        { id: "logic", name: "Logic" },
        { id: "edits", name: "Edits" },
      ]}
    >
      {(tab) => (
        <div className={styles.view}>
          {tab === "changes" ? (
            <Compare {...props} />
          ) : tab === "logic" ? (
            <Suspense fallback={null}>
              <VersionLogic project={project} number={number} />
            </Suspense>
          ) : (
            <>
              {isNewest && (
                <Edits
                  project={project}
                  from={number}
                  to="draft"
                  title={`Since version ${number}, in the draft`}
                  nameOf={nameOfCell}
                />
              )}
              <Edits
                project={project}
                from={number > 1 ? number - 1 : null}
                to={number}
                title={number > 1 ? `From version ${number - 1} to version ${number}` : "Up to version 1"}
                nameOf={nameOfCell}
              />
            </>
          )}
        </div>
      )}
    </Tabs>
  );
}

/** Cell id → its name in the draft. */
function nameIn(document: Document | null): (cell: string) => string {
  return (cell) => {
    const index = document?.cells.findIndex(({ id }) => id === cell) ?? -1;
    const found = document?.cells[index];
    return found ? nameOf(found, index) : "a cell that was deleted since";
  };
}

/** What differs between this version and another one, or the draft; the earlier of the two stands left. */
function Compare({ project, version, versions, document }: ViewsProps) {
  const others = versions.filter(({ number }) => number !== version.number);
  const before = others.find(({ number }) => number < version.number);
  const [other, setOther] = useState<string>(() => (before ? String(before.number) : "draft"));
  // On a phone the list of versions comes after this.
  const [open, setOpen] = useState(() => !matchMedia("(max-width: 820px)").matches);
  const { from, to } = comparisonOf(version.number, other === "draft" ? "draft" : Number(other));
  return (
    <section className={styles.compare} aria-label="Changes">
      <div className={styles.compareHead}>
        <Select
          label="Compared with"
          hideLabel
          small
          selected={other}
          onSelect={setOther}
          options={[
            { id: "draft", name: "Compared with the draft" },
            ...others.slice(0, COMPARABLE).map(({ number, title }) => ({
              id: String(number),
              name: `Compared with version ${number}`,
              ...(title ? { hint: title } : {}),
            })),
          ]}
        />
        {!open && (
          <Button small onPress={() => setOpen(true)}>
            Show changes
          </Button>
        )}
      </div>
      {open && <Compared project={project} from={from} to={to} document={document} />}
    </section>
  );
}

function Compared({
  project,
  from,
  to,
  document,
}: {
  readonly project: string;
  readonly from: Place;
  readonly to: Place;
  readonly document: Document | null;
}) {
  const compared = useMemo(() => ({ project, from, to, stamp: "" }), [project, from, to]);
  const nameOfCell = useMemo(() => nameIn(document), [document]);
  const query = useDifference(compared);
  return (
    <Suspense fallback={null}>
      <Changes query={query} compared={compared} nameOf={nameOfCell} />
    </Suspense>
  );
}

/** One question, its consequences, and the button that does it. */
function Ask({
  title,
  button,
  field = "",
  initial = "",
  danger = false,
  children,
  onDo,
  onClose,
}: {
  readonly title: string;
  readonly button: string;
  /** The name of a text to write; "" = none. */
  readonly field?: string;
  readonly initial?: string;
  readonly danger?: boolean;
  readonly children: ReactNode;
  /** Answers what went wrong, "" where nothing did. */
  readonly onDo: (text: string) => Promise<string>;
  readonly onClose: () => void;
}) {
  const [text, setText] = useState(initial);
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  const go = async (): Promise<void> => {
    setBusy(true);
    const wrong = await onDo(text.trim());
    setBusy(false);
    if (wrong) setTrouble(wrong);
    else onClose();
  };
  return (
    <Dialog
      title={title}
      role={field ? "dialog" : "alertdialog"}
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button
            variant={danger ? "danger" : "primary"}
            busy={busy}
            autoFocus={!field}
            onPress={() => void go()}
          >
            {button}
          </Button>
        </>
      }
    >
      <div className={styles.ask}>
        {trouble && (
          <Banner tone="error" icon="error">
            {trouble}
          </Banner>
        )}
        <p>{children}</p>
        {field && (
          <TextField
            label={field}
            placeholder="What it is kept for"
            value={text}
            onChange={setText}
            maxLength={200}
            autoFocus
            onKeyDown={(event) => {
              if (event.key === "Enter") void go();
              else event.continuePropagation();
            }}
          />
        )}
      </div>
    </Dialog>
  );
}
