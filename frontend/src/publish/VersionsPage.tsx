// The history of a project: its versions, what became of each, and the ways back.
//
// Nothing here rewrites anything: publishing an older version goes through the same gate as any other, a revert is a
// step on top of the draft, unpublishing takes the app away and keeps every version.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";

import { projectPages } from "../core/pages";
import { nameOf } from "../logic/cells";
import { ApiError, get, post } from "../net/api";
import { RoomConnection } from "../net/socket";
import { useRoom } from "../net/useRoom";
import { Ago } from "../ui/Ago";
import { Avatar } from "../ui/Avatars";
import { Button, ButtonLink } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Select, TextField } from "../ui/Field";
import { ProjectBar } from "../ui/ProjectBar";
import { Banner, EmptyState, FramePicture, StateMark } from "../ui/State";
import { Toasts, useSay } from "../ui/Toast";
import type { Document, PublishingView, RevertBody, VersionBody, VersionList } from "../wire";
import { useDifference, type Place } from "./difference";
import { comparisonOf, dayAndClock, fromHash, madeBy, runMark } from "./versions";
import styles from "./VersionsPage.module.css";

const PublishDialog = lazy(() =>
  import("./PublishDialog").then((module) => ({ default: module.PublishDialog })),
);

const Changes = lazy(() => import("./Changes").then((module) => ({ default: module.Changes })));

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

type Open = "" | "again" | "unpublish" | "save" | "revert";

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
  const list = useQuery({
    queryKey: key,
    queryFn: () => get<VersionList>(`/projects/${project}/versions`, { query: { limit: 500 } }),
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
  const versions = list.data?.values ?? [];
  const version = versions.find(({ number }) => number === chosen) ?? versions[0];
  const choose = (number: number): void => {
    setChosen(number);
    history.replaceState(history.state, "", `#${number}`);
  };

  /** Answers what went wrong, "" where nothing did. */
  const attempt = async <T,>(
    path: string,
    body: object | undefined,
    done: (answer: T) => string,
  ): Promise<string> => {
    try {
      say(done(await post<T>(`/projects/${project}${path}`, body)));
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
            <nav className={styles.history} aria-label="Versions">
              <ol>
                <Draft publishing={publishing} logicUrl={logicUrl} />
                {versions.map((one) => (
                  <Entry
                    key={one.number}
                    version={one}
                    chosen={one.number === version.number}
                    onChoose={() => choose(one.number)}
                  />
                ))}
              </ol>
            </nav>
            <Detail
              version={version}
              compare={
                <Compare
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
                      <Button small onPress={() => setOpen("unpublish")}>
                        Unpublish…
                      </Button>
                    ) : (
                      <Button small onPress={() => setOpen("again")}>
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
                : `The draft is version ${version.number} again. What it held before is version ${savedAs}.`,
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
      {open === "again" && version && room?.document && publishing && (
        <Suspense fallback={null}>
          <PublishDialog
            project={project}
            appUrl={appUrl}
            document={room.document}
            publishing={publishing}
            cells={{}}
            again={{ number: version.number, title: version.title }}
            onClose={() => setOpen("")}
            onRestart={() => location.assign(logicUrl)}
            onShowCell={(cell) => location.assign(`${logicUrl}#cell-${cell}`)}
          />
        </Suspense>
      )}
    </>
  );
}

function Draft({
  publishing,
  logicUrl,
}: {
  readonly publishing: PublishingView | null;
  readonly logicUrl: string;
}) {
  const changes = publishing?.unpublished_changes ?? false;
  return (
    <li className={styles.step} data-draft>
      <a className={styles.entry} href={logicUrl}>
        <span className={styles.name}>Draft</span>
        <span className={styles.sub}>
          {publishing && (changes ? "Has unpublished changes" : "Same as the published version")}
        </span>
      </a>
    </li>
  );
}

function Entry({
  version,
  chosen,
  onChoose,
}: {
  readonly version: VersionBody;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}) {
  const mark = runMark(version.runStatus);
  return (
    <li className={styles.step} data-published={version.published || undefined}>
      <button
        type="button"
        className={styles.entry}
        aria-current={chosen || undefined}
        aria-label={`Version ${version.number}${version.title ? `, ${version.title}` : ""}${version.published ? ", published" : ""}`}
        onClick={onChoose}
      >
        <span className={styles.name}>
          <span className={styles.number}>{version.number}</span> {version.title}
        </span>
        <span className={styles.marks}>
          {version.published && <span className={styles.published}>published</span>}
          {version.kind !== "published" && <span className={styles.kind}>{version.kind}</span>}
          {mark && (
            <span title={mark.words}>
              <StateMark tone={mark.tone} shape={mark.shape} />
            </span>
          )}
        </span>
        <span className={styles.sub}>
          {madeBy(version)}, <Ago at={version.createdAt} />
        </span>
      </button>
    </li>
  );
}

function Detail({
  version,
  appUrl,
  acts,
  compare,
}: {
  readonly version: VersionBody;
  readonly compare: ReactNode;
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
          {version.title && <p className={styles.says}>{version.title}</p>}
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
      {compare}
    </section>
  );
}

/** What differs between this version and another one, or the draft; the earlier of the two stands left. */
function Compare({
  project,
  version,
  versions,
  document,
}: {
  readonly project: string;
  readonly version: VersionBody;
  readonly versions: readonly VersionBody[];
  readonly document: Document | null;
}) {
  const others = versions.filter(({ number }) => number !== version.number);
  const before = others.find(({ number }) => number < version.number);
  const [other, setOther] = useState<string>(() => (before ? String(before.number) : "draft"));
  // On a phone the list of versions comes after this.
  const [open, setOpen] = useState(() => !matchMedia("(max-width: 820px)").matches);
  const { from, to } = comparisonOf(version.number, other === "draft" ? "draft" : Number(other));
  return (
    <section className={styles.compare} aria-label="Changes">
      <div className={styles.compareHead}>
        <h3>Changes</h3>
        <Select
          label="Compared with"
          hideLabel
          small
          selected={other}
          onSelect={setOther}
          options={[
            { id: "draft", name: "Compared with the draft" },
            ...others.map(({ number, title }) => ({
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
  const compared = { project, from, to, stamp: "" };
  const query = useDifference(compared);
  return (
    <Suspense fallback={null}>
      <Changes
        query={query}
        compared={compared}
        nameOf={(cell) => {
          const index = document?.cells.findIndex(({ id }) => id === cell) ?? -1;
          const found = document?.cells[index];
          return found ? nameOf(found, index) : "A cell that was deleted since";
        }}
      />
    </Suspense>
  );
}

/** One question, its consequences, and the button that does it. */
function Ask({
  title,
  button,
  field = "",
  danger = false,
  children,
  onDo,
  onClose,
}: {
  readonly title: string;
  readonly button: string;
  /** The name of a text to write; "" = none. */
  readonly field?: string;
  readonly danger?: boolean;
  readonly children: ReactNode;
  /** Answers what went wrong, "" where nothing did. */
  readonly onDo: (text: string) => Promise<string>;
  readonly onClose: () => void;
}) {
  const [text, setText] = useState("");
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
