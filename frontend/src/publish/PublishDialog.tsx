// Publishing: the draft is frozen, run from the top in a new kernel, looked at, and then becomes the app.
//
// The dialog is opened on a click and freezes at once. Closing it keeps candidate and run; opening it again finds them.
// What the candidate's state is comes from the draft's room, which everybody who edits sees; the preview is a room of
// its own, shown with the app's own page.

import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";

import { actionsOf, type AppActions } from "../app/actions";
import { AppPage } from "../app/AppPage";
import { valueText } from "../core/inputs";
import type { Room } from "../core/room";
import { nameOf, seconds } from "../logic/cells";
import { Elapsed } from "../logic/CellView";
import { ApiError, del, post } from "../net/api";
import { RoomConnection, type RoomState } from "../net/socket";
import { useRoom } from "../net/useRoom";
import { audienceOf, useSharing } from "../share/sharing";
import { Button, ButtonLink, IconButton, SplitButton } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { Menu, MenuItem } from "../ui/Menu";
import { Progress, Spinner } from "../ui/Spinner";
import { Banner, StateMark } from "../ui/State";
import { Tabs } from "../ui/Tabs";
import { Ago, useNow } from "../ui/Ago";
import { useSay } from "../ui/Toast";
import type {
  CellRun,
  Document,
  PublishBody,
  PublishConfirm,
  PublishingView,
  PublishRequest,
  PublishStarted,
  PublishView,
} from "../wire";
import { useDifference, useOutputs } from "./difference";
import styles from "./PublishDialog.module.css";
import { gone, laterChanges, offerOf, onlyInKernel, openCandidate, overtaken, type Offer } from "./state";

const Changes = lazy(() => import("./Changes").then((module) => ({ default: module.Changes })));

export interface PublishDialogProps {
  readonly project: string;
  readonly appUrl: string;
  /** The draft: names of cells. */
  readonly document: Document;
  readonly publishing: PublishingView;
  /** The logic view's own runs: what works there. */
  readonly cells: Readonly<Record<string, CellRun>>;
  /** An older version that is published again, instead of the draft. */
  readonly again?: { readonly number: number; readonly title: string };
  readonly onClose: () => void;
  /** Restart and run all, in the logic view. */
  readonly onRestart: () => void;
  readonly onShowCell: (cell: string) => void;
}

export function PublishDialog(props: PublishDialogProps) {
  const { project, publishing, again: republished, onClose } = props;
  const number = republished?.number ?? null;
  const older = republished?.title ?? "";
  // An older version begins anew; the draft goes on with the candidate that is there.
  const [open] = useState(() => (number !== null ? null : openCandidate(publishing.candidate)));
  const [id, setId] = useState(open?.id ?? "");
  const [trouble, setTrouble] = useState<ApiError | null>(null);
  const [published, setPublished] = useState<{
    readonly version: number | null;
    readonly forced: boolean;
  } | null>(null);
  // The draft's room tells of the newest candidate only; what it said last of this one stays.
  const [last, setLast] = useState<PublishView | null>(open);
  const known = publishing.candidate?.id === id ? publishing.candidate : null;
  if (known && known !== last) setLast(known);
  const candidate = last?.id === id ? last : null;

  const now = useNow();
  const [confirming, setConfirming] = useState(false);
  /** The published version that this dialog was opened against. */
  const [against, setAgainst] = useState(publishing.published);
  const freeze = useCallback(
    async (expected: number | null): Promise<void> => {
      setTrouble(null);
      setAgainst(expected);
      try {
        const body: PublishRequest = {
          force: false,
          expectedPublished: expected,
          version: number,
          title: older,
        };
        const started = await post<PublishStarted>(`/projects/${project}/publish`, body);
        setId(started.publishId);
      } catch (error) {
        setTrouble(toApiError(error));
      }
    },
    [project, number, older],
  );

  const opened = useRef(false);
  useEffect(() => {
    // Once per opening, also where effects run twice.
    if (opened.current || id) return;
    opened.current = true;
    void freeze(publishing.published);
  }, [freeze, id, publishing.published]);

  const again = async (): Promise<void> => {
    const old = id;
    setId("");
    // The old one may have ended by itself; the new one counts.
    if (old) await del(`/projects/${project}/publish/${old}`).catch(() => undefined);
    await freeze(publishing.published);
  };

  const confirm = async (choice: {
    readonly acceptErrors?: boolean;
    readonly force?: boolean;
    readonly title: string;
  }): Promise<void> => {
    setTrouble(null);
    // The own publish arrives in the room before its answer does.
    setConfirming(true);
    try {
      const body: PublishConfirm = {
        acceptErrors: choice.acceptErrors ?? false,
        force: choice.force ?? false,
        title: choice.title.trim() || null,
      };
      const answer = await post<PublishBody>(`/projects/${project}/publish/${id}/confirm`, body);
      setPublished({ version: answer.version, forced: choice.force ?? false });
    } catch (error) {
      setTrouble(toApiError(error));
    } finally {
      setConfirming(false);
    }
  };

  const cancel = async (): Promise<void> => {
    try {
      await del(`/projects/${project}/publish/${id}`);
      onClose();
    } catch (error) {
      setTrouble(toApiError(error));
    }
  };

  const over = confirming ? "" : overtaken(against, publishing, now) || gone(candidate, publishing);
  const offer: Offer = published ? { kind: "published", ...published } : offerOf(candidate, over);
  if (offer.kind === "published") {
    return <Done {...props} version={offer.version ?? publishing.published} forced={offer.forced} />;
  }
  return (
    <Freezing
      {...props}
      id={id}
      candidate={candidate}
      offer={offer}
      trouble={trouble}
      onAgain={() => void again()}
      onConfirm={confirm}
      onCancel={() => void cancel()}
    />
  );
}

interface FreezingProps extends PublishDialogProps {
  readonly id: string;
  readonly candidate: PublishView | null;
  readonly offer: Exclude<Offer, { kind: "published" }>;
  readonly trouble: ApiError | null;
  readonly onAgain: () => void;
  readonly onConfirm: (choice: {
    readonly acceptErrors?: boolean;
    readonly force?: boolean;
    readonly title: string;
  }) => Promise<void>;
  readonly onCancel: () => void;
}

function Freezing(props: FreezingProps) {
  const { id, appUrl, publishing, candidate, offer, trouble, again, onAgain, onConfirm, onClose } = props;
  const [title, setTitle] = useState(candidate?.title ?? again?.title ?? "");
  const [asking, setAsking] = useState(false);
  const [failed, setFailed] = useState(0);
  const [busy, setBusy] = useState(false);
  const go = async (choice: { readonly acceptErrors?: boolean; readonly force?: boolean }): Promise<void> => {
    setBusy(true);
    await onConfirm({ ...choice, title });
    setBusy(false);
    setAsking(false);
  };
  return (
    <Dialog
      title={again ? `Publish version ${again.number} again` : "Publish"}
      size="wide"
      isOpen
      onClose={onClose}
      aside={
        publishing.published === null ? (
          "the first version: the app does not exist yet"
        ) : (
          <>
            in place of{" "}
            <a href={appUrl} target="_blank" rel="noreferrer">
              version {publishing.published}
            </a>
            {publishing.published_by && `, published by ${publishing.published_by}`}{" "}
            <Ago at={publishing.published_at} />
          </>
        )
      }
      footer={
        <>
          <div className={styles.title}>
            <span className={styles.titleLabel} aria-hidden="true">
              Title
            </span>
            <TextField
              label="Title"
              hideLabel
              placeholder="What is new"
              value={title}
              onChange={setTitle}
              maxLength={200}
              className={styles.titleField}
            />
          </div>
          {offer.kind === "running" && failed > 0 && (
            <StateMark tone="error" shape="error">
              {failed} {failed === 1 ? "error" : "errors"} so far
            </StateMark>
          )}
          {asking && offer.kind === "failed" ? (
            <span className={styles.asking} role="alert">
              <span>Publish anyway? Viewers will read that parts could not be computed.</span>
              <Button onPress={() => setAsking(false)}>Back</Button>
              <Button variant="primary" busy={busy} autoFocus onPress={() => void go({ acceptErrors: true })}>
                Publish anyway
              </Button>
            </span>
          ) : (
            <Acts
              offer={offer}
              busy={busy}
              onForce={() => void go({ force: true })}
              onPublish={() => void go({})}
              onAsk={() => setAsking(true)}
              onAgain={onAgain}
            />
          )}
        </>
      }
    >
      {trouble && offer.kind !== "over" && <Trouble error={trouble} onAgain={onAgain} />}
      {id ? (
        <Views key={id} {...props} onFailed={setFailed} />
      ) : (
        !trouble && (
          <div className={styles.starting}>
            <Spinner /> {again ? `Taking version ${again.number}` : "Freezing the draft"}
          </div>
        )
      )}
    </Dialog>
  );
}

/** The app as it will be, and what is new in it. */
function Views(props: FreezingProps & { readonly onFailed: (count: number) => void }) {
  const { id, project, document, publishing, candidate, offer, again, onAgain, onFailed } = props;
  const say = useSay();
  const [connection] = useState(
    () => new RoomConnection({ room: { room: "preview", project, publish: id } }),
  );
  const [actions] = useState(() => actionsOf(connection, (text) => say({ text, tone: "error" }), project));
  useEffect(() => {
    connection.start();
    return () => connection.stop();
  }, [connection]);
  const state = useRoom(connection);
  const { room } = state;
  const failed = room ? Object.values(room.cells).filter((run) => run.state === "error").length : 0;
  useEffect(() => onFailed(failed), [onFailed, failed]);

  const [view, setView] = useState("preview");
  const running = offer.kind === "running";
  const { published } = publishing;
  const query = useDifference({ project, from: "published", to: id, stamp: String(published) });
  // What a run shows is asked for as it goes on, by whoever looks.
  const progress = useThrottled(`${running} ${room?.run?.finished ?? 0}`, 700);
  const withRun = useMemo(
    () => ({ project, from: "published", to: id, stamp: `${published} ${running ? "running" : "ended"}` }),
    [project, id, published, running],
  );
  const nameInDraft = useCallback(
    (cell: string) => {
      const index = document.cells.findIndex((one) => one.id === cell);
      const found = document.cells[index];
      return found ? nameOf(found, index) : "A cell that was deleted since";
    },
    [document.cells],
  );
  const outputs = useOutputs(withRun, progress, view === "changes");
  const count = query.data?.difference.total;
  const later = candidate?.later_changes ?? 0;
  return (
    <div className={styles.views}>
      <Tabs
        label="Publish"
        selected={view}
        onSelect={setView}
        keep
        tabs={[
          { id: "preview", name: "Preview" },
          { id: "changes", name: "Changes", ...(count === undefined ? {} : { count }) },
          { id: "settings", name: "Run settings" },
        ]}
      >
        {(tab) =>
          tab === "preview" ? (
            <Preview {...props} state={state} actions={actions} />
          ) : tab === "settings" ? (
            <RunSettings room={room} candidate={candidate} />
          ) : (
            view === "changes" && (
              <div className={styles.changes}>
                {offer.kind === "over" && (
                  <div className={styles.trouble}>
                    <Banner tone="warn" icon="warn">
                      {offer.sentence}
                    </Banner>
                  </div>
                )}
                {later > 0 && !again && offer.kind !== "over" && (
                  <div className={styles.trouble}>
                    <Banner tone="warn" icon="clock">
                      {laterChanges(later)}{" "}
                      <button type="button" className={styles.inline} onClick={onAgain}>
                        Preview again
                      </button>
                    </Banner>
                  </div>
                )}
                <Suspense fallback={null}>
                  <Changes
                    query={query}
                    compared={withRun}
                    outputs={outputs}
                    later={again ? `Version ${again.number}` : "This preview"}
                    nameOf={nameInDraft}
                  />
                </Suspense>
              </div>
            )
          )
        }
      </Tabs>
    </div>
  );
}

/** A value that moves on at most once in a while. */
function useThrottled<T>(value: T, milliseconds: number): T {
  const [shown, setShown] = useState(value);
  const last = useRef(0);
  useEffect(() => {
    const timer = setTimeout(
      () => {
        last.current = Date.now();
        setShown(value);
      },
      Math.max(0, last.current + milliseconds - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return shown;
}

/** How the preview runs, which is how the app will: nothing here is chosen, it is all in the draft. */
function RunSettings({
  room,
  candidate,
}: {
  readonly room: Room | null;
  readonly candidate: PublishView | null;
}) {
  const app = room?.app;
  if (!app || !room) return null;
  const inputs = app.cells.flatMap((cell) =>
    cell.input && cell.input.kind !== "button" ? [{ cell, input: cell.input }] : [],
  );
  return (
    <dl className={styles.settings}>
      <dt>Kernel</dt>
      <dd>A new one, with nothing of the logic view in it</dd>
      <dt>Order</dt>
      <dd>
        {room.run ? `All ${room.run.planned.length} cells` : "Every cell"}, from the top of the notebook to
        its end
      </dd>
      <dt>Inputs</dt>
      <dd>
        {inputs.length === 0 ? (
          "None is in the app"
        ) : (
          <ul>
            {inputs.map(({ cell, input }) => (
              <li key={cell.id}>
                {cell.label || input.name}: the default
                {"default" in input && typeof input.default !== "object"
                  ? `, ${valueText(input, input.default)}`
                  : ""}
              </li>
            ))}
          </ul>
        )}
      </dd>
      <dt>When somebody opens the app</dt>
      <dd>
        {app.personal
          ? "It runs as whoever opens it: its code reads who looks."
          : app.settings.on_open === "run"
            ? "It runs from scratch."
            : "The published results show at once."}
      </dd>
      <dt>When somebody changes an input</dt>
      <dd>
        {app.settings.on_interaction === "manual"
          ? "Nothing runs until they press Run."
          : "What depends on it runs again."}
      </dd>
      <dt>Frozen</dt>
      <dd>
        {candidate ? (
          <>
            by {candidate.author}, <Ago at={candidate.created_at} />
          </>
        ) : (
          ""
        )}
      </dd>
    </dl>
  );
}

/** The button of the moment: what it says is where the preview run is. */
function Acts({
  offer,
  busy,
  onForce,
  onPublish,
  onAsk,
  onAgain,
}: {
  readonly offer: Exclude<Offer, { kind: "published" }>;
  readonly busy: boolean;
  readonly onForce: () => void;
  readonly onPublish: () => void;
  readonly onAsk: () => void;
  readonly onAgain: () => void;
}): ReactNode {
  switch (offer.kind) {
    case "starting":
      return (
        <Button variant="primary" isDisabled>
          Publish
        </Button>
      );
    case "running":
      return (
        <SplitButton>
          <Button isDisabled>
            <Spinner />
            Running…
          </Button>
          <Menu
            label="Other ways to publish"
            placement="top end"
            wide
            button={<IconButton label="Other ways to publish" icon="down" variant="plain" busy={busy} />}
          >
            <MenuItem
              hint="Publishes now. The run goes on; errors will show up only after people can see the app."
              onAction={onForce}
            >
              Force publish
            </MenuItem>
          </Menu>
        </SplitButton>
      );
    case "ready":
      return (
        <Button variant="primary" busy={busy} onPress={onPublish}>
          Publish
        </Button>
      );
    case "failed":
      return (
        <Button variant="primary" busy={busy} onPress={onAsk}>
          {offer.button}
        </Button>
      );
    case "over":
      return (
        <Button variant="primary" onPress={onAgain}>
          Preview again
        </Button>
      );
  }
}

function Trouble({ error, onAgain }: { readonly error: ApiError; readonly onAgain: () => void }) {
  const nothing = error.code === "NOTHING_TO_PUBLISH";
  return (
    <div className={styles.trouble}>
      <Banner
        tone={nothing ? "info" : "error"}
        icon={nothing ? "check" : "error"}
        action={
          !nothing && (
            <Button small onPress={onAgain}>
              Preview again
            </Button>
          )
        }
      >
        {error.message} {error.hint}
      </Banner>
    </div>
  );
}

function Preview({
  project,
  document,
  candidate,
  offer,
  onAgain,
  onCancel,
  onShowCell,
  cells,
  again,
  onRestart,
  state,
  actions,
}: FreezingProps & { readonly state: RoomState; readonly actions: AppActions }) {
  const { room } = state;
  const run = room?.run ?? null;
  // The recorded run comes first; what is tried in the preview afterwards is counted by the page itself.
  const running = offer.kind === "running";
  const onlyHere = onlyInKernel(candidate?.errors ?? [], cells);
  return (
    <div className={styles.preview}>
      <div className={styles.left}>
        <div className={styles.app}>
          {room?.app && <h3 className={styles.appTitle}>{room.app.title}</h3>}
          {room ? (
            <AppPage state={state} actions={actions} project={project} embedded />
          ) : state.ended ? (
            <p className={styles.starting}>{state.ended.sentence}</p>
          ) : (
            <div className={styles.starting}>
              <Spinner /> Starting the preview
            </div>
          )}
        </div>
      </div>
      <aside className={styles.right} aria-label="Preview run">
        <div className={styles.progress} aria-live="polite">
          <span className={styles.now}>
            {running && run ? (
              <>
                Running cell {Math.min(run.finished + 1, run.planned.length)} of {run.planned.length} ·{" "}
                <Elapsed since={run.started_at} />
              </>
            ) : (
              summary(offer, candidate)
            )}
          </span>
          {running && (
            <Button small onPress={onCancel}>
              Cancel run
            </Button>
          )}
        </div>
        {running && run && (
          <Progress at={run.planned.length ? run.finished / run.planned.length : 0} label="Preview run" />
        )}
        {candidate?.personal && (
          <Banner tone="info" icon="people">
            <strong>Personal: every visit runs as its viewer.</strong> The code reads who looks, so there are
            no published results to show at once.
          </Banner>
        )}
        {offer.kind === "over" && (
          <Banner tone="warn" icon="warn">
            {offer.sentence}
          </Banner>
        )}
        {room && run && (
          <ol className={styles.steps}>
            {run.planned.map((cell) => (
              <Step
                key={cell}
                id={cell}
                run={room.cells[cell]}
                document={document}
                label={room.app?.cells.find((shown) => shown.id === cell)?.label ?? ""}
                message={candidate?.errors.find((error) => error.cell === cell)?.message ?? ""}
                current={running && run.current === cell}
                onShowCell={again ? null : onShowCell}
              />
            ))}
          </ol>
        )}
        {offer.kind === "failed" && onlyHere.length > 0 && (
          <Banner tone="info" icon="refresh">
            {onlyHere.length === 1 ? "The name " : "The names "}
            {onlyHere.map((name, at) => (
              <span key={name}>
                {at > 0 && ", "}
                <code>{name}</code>
              </span>
            ))}{" "}
            {onlyHere.length === 1 ? "exists" : "exist"} only in the kernel of the logic view.{" "}
            <button type="button" className={styles.inline} onClick={onRestart}>
              Restart and run all
            </button>{" "}
            there to see what a fresh run sees.
          </Banner>
        )}
        {candidate && !again && candidate.later_changes > 0 && offer.kind !== "over" && (
          <Banner tone="warn" icon="clock">
            {laterChanges(candidate.later_changes)}{" "}
            <button type="button" className={styles.inline} onClick={onAgain}>
              Preview again
            </button>
          </Banner>
        )}
        {candidate && (
          <p className={styles.by}>
            {again ? "Begun by" : "Frozen by"} {candidate.author}, <Ago at={candidate.created_at} />
          </p>
        )}
      </aside>
    </div>
  );
}

function summary(offer: FreezingProps["offer"], candidate: PublishView | null): string {
  switch (offer.kind) {
    case "starting":
      return "Starting a new kernel";
    case "running":
      return "Starting a new kernel";
    case "ready":
      return "Every cell ran";
    case "failed":
      return offer.errors === 0
        ? "The run could not end"
        : `${offer.errors} ${offer.errors === 1 ? "cell" : "cells"} failed`;
    case "over":
      return candidate?.status === "CANCELLED" ? "Given up" : "Another version was published";
  }
}

function Step({
  id,
  run,
  document,
  label,
  message,
  current,
  onShowCell,
}: {
  readonly id: string;
  readonly run: CellRun | undefined;
  readonly document: Document;
  /** The candidate's own name for it; "" = it has none, or is not on the page. */
  readonly label: string;
  /** What it said when it failed. */
  readonly message: string;
  readonly current: boolean;
  /** null = the cell of this version is not the one in the draft. */
  readonly onShowCell: ((cell: string) => void) | null;
}) {
  const index = document.cells.findIndex((cell) => cell.id === id);
  const cell = document.cells[index];
  const state = run?.state ?? "empty";
  const error = run?.outputs.findLast((output) => output.output === "error");
  const says = message || (error ? [error.ename, error.evalue].filter(Boolean).join(": ") : "");
  return (
    <li className={`${styles.step} ${current ? styles.current : ""}`} data-step-state={state}>
      <StepMark state={state} />
      <span className={styles.stepName}>
        {label || (cell ? nameOf(cell, index) : "A cell that was deleted since")}
      </span>
      <span className={styles.stepTime}>
        {state === "running" && run ? (
          <Elapsed since={run.at} />
        ) : state === "skipped" ? (
          "skipped"
        ) : run?.elapsed != null ? (
          seconds(run.elapsed)
        ) : (
          ""
        )}
      </span>
      {state === "error" && (
        <span className={styles.why}>
          {says}{" "}
          {cell && onShowCell && (
            <button type="button" className={styles.inline} onClick={() => onShowCell(id)}>
              Show cell
            </button>
          )}
        </span>
      )}
    </li>
  );
}

function StepMark({ state }: { readonly state: CellRun["state"] }) {
  switch (state) {
    case "done":
      return (
        <span className={styles.ok} title="done">
          <Icon name="check" small />
        </span>
      );
    case "error":
      return (
        <span className={styles.bad} title="failed">
          <Icon name="error" small />
        </span>
      );
    case "running":
      return (
        <span className={styles.busy} title="running">
          <Spinner />
        </span>
      );
    case "skipped":
      return <Icon name="skip" small />;
    case "queued":
    case "stale":
    case "empty":
      return <Icon name="ring" small />;
  }
}

/** After the publish: where it is, and who can see it. */
function Done({
  project,
  appUrl,
  version,
  forced,
  onClose,
}: PublishDialogProps & { readonly version: number | null; readonly forced: boolean }) {
  const sharing = useSharing(project);
  const say = useSay();
  const address = new URL(appUrl, location.href).href;
  const [copied, setCopied] = useState(false);
  return (
    <Dialog
      title={version === null ? "Published" : `Version ${version} is published`}
      size="medium"
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Close</Button>
          <ButtonLink variant="primary" href={appUrl} target="_blank" icon="external">
            Open the app
          </ButtonLink>
        </>
      }
    >
      <div className={styles.done}>
        {forced && (
          <Banner tone="info" icon="clock">
            Its run goes on. Visitors see the cells fill in as it finishes them; errors are told to you.
          </Banner>
        )}
        <div className={styles.link}>
          <TextField label="Address of the app" value={address} isReadOnly className={styles.address} />
          <Button
            icon={copied ? "check" : "copy"}
            onPress={() => {
              navigator.clipboard.writeText(address).then(
                () => setCopied(true),
                () => say({ text: "The browser did not let the address be copied.", tone: "error" }),
              );
            }}
          >
            {copied ? "Copied" : "Copy link"}
          </Button>
        </div>
        <p>{sharing.grants ? `${audienceOf(sharing.grants)} The link itself gives nobody access.` : ""}</p>
      </div>
    </Dialog>
  );
}

function toApiError(error: unknown): ApiError {
  return error instanceof ApiError
    ? error
    : new ApiError(0, "UNKNOWN", error instanceof Error ? error.message : String(error));
}
