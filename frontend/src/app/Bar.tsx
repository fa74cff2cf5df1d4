// The bar above an app: what it is, how old what one sees is, what runs, and the ways on.

import { Clock, CloudOff, LoaderCircle, Play, RotateCw } from "lucide-react";
import type { ReactNode } from "react";

import type { Room } from "../core/room";
import { AvatarStack } from "../ui/Avatars";
import type { AppView } from "../wire";
import type { AppPageProps } from "./AppPage";
import styles from "./Bar.module.css";
import { useLasting, useNow, usePanel } from "./hooks";
import { Share } from "./Share";
import { agoText, goesOn, gone, progressText, queueText, secondsText, type AppState } from "./state";

type BarProps = AppPageProps & { readonly app: AppView | null; readonly shown: AppState };

export function Bar(props: BarProps): ReactNode {
  const { state, app, shown, actions, embedded = false, editUrl = "", sharing, past } = props;
  const { room } = state;
  const manual = app?.settings.on_interaction === "manual" && !past;
  if (props.framed && room && BUSY.has(shown)) {
    return (
      <div className={styles.floating}>
        <Now
          room={room}
          shown={shown}
          cancel={actions.interrupt}
          refresh={undefined}
          refreshForAll={undefined}
          hidden={false}
        />
      </div>
    );
  }
  if (embedded && !manual) return null;
  return (
    <header className={styles.bar} data-embedded={embedded || undefined}>
      {!embedded && (
        <>
          <Mark />
          <h1>{app?.title ?? ""}</h1>
        </>
      )}
      <span className={styles.space} />
      {!embedded && room && !past && (
        <Now
          room={room}
          shown={shown}
          cancel={actions.interrupt}
          refresh={shown === "ended" && !goesOn(state) ? undefined : actions.runAll}
          refreshForAll={
            (editUrl || app?.settings.viewers_may_refresh) && !app?.personal && state.status === "live"
              ? actions.refreshForAll
              : undefined
          }
          hidden={gone(state)}
        />
      )}
      {manual && room && (
        <button
          type="button"
          className={styles.run}
          disabled={shown === "offline" || (shown === "ended" && !goesOn(state))}
          onClick={actions.runAll}
        >
          <Play size={14} aria-hidden /> Run
        </button>
      )}
      {!embedded && room && (room.live || room.members.length > 1) && shown !== "ended" && (
        <span className={styles.people}>
          <AvatarStack people={room.members} most={3} />
        </span>
      )}
      {!embedded && sharing && room && !gone(state) && (
        <>
          <Share
            sharing={sharing}
            room={shown === "ended" ? { ...room, live: null } : room}
            mayEnd={editUrl !== "" || room.members.some(({ id, you }) => you && id === room.live?.by)}
            connected={state.status === "live" || goesOn(state)}
          />
          {room.live && shown !== "ended" && (
            <button
              type="button"
              className={styles.button}
              title="Go on in a session of your own, with the same inputs"
              onClick={() => props.onLeave?.()}
            >
              Leave
            </button>
          )}
        </>
      )}
      {!embedded && editUrl && (
        <a className={styles.edit} href={editUrl}>
          Edit
        </a>
      )}
    </header>
  );
}

/** What a frame without a bar still says. */
const BUSY: ReadonlySet<AppState> = new Set<AppState>(["starting", "running", "offline"]);

function Mark(): ReactNode {
  return (
    <svg className={styles.mark} viewBox="0 0 20 20" aria-hidden>
      <rect
        x="1.25"
        y="1.25"
        width="17.5"
        height="17.5"
        rx="3.5"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
      />
      <circle cx="10" cy="10" r="4.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M10 5.5a4.5 4.5 0 0 1 0 9z" fill="currentColor" />
    </svg>
  );
}

interface NowProps {
  readonly room: Room;
  readonly shown: AppState;
  readonly cancel: () => void;
  /** Absent where nothing can run any more. */
  readonly refresh: (() => void) | undefined;
  /** Absent where this person may not, or where there is nothing to refresh. */
  readonly refreshForAll: (() => void) | undefined;
  readonly hidden: boolean;
}

/** One quiet line: offline, what runs, or how old the results are. */
function Now({ room, shown, cancel, refresh, refreshForAll, hidden }: NowProps): ReactNode {
  const running = useLasting(shown === "running" || shown === "starting", 300);
  if (shown === "offline") {
    return (
      <span className={styles.now} data-tone="warn">
        <CloudOff size={14} aria-hidden /> offline
      </span>
    );
  }
  if (running) return <Progress room={room} cancel={cancel} />;
  if (hidden) return null;
  return <Age room={room} refresh={refresh} refreshForAll={refreshForAll} />;
}

function Progress({ room, cancel }: { readonly room: Room; readonly cancel: () => void }): ReactNode {
  const { run, kernel } = room;
  const queued = kernel.state === "queued";
  const running = !queued && run?.status === "running";
  const now = useNow(100, running);
  const seconds = run ? Math.max(0, (now - Date.parse(run.started_at)) / 1000) : 0;
  return (
    <span className={styles.now} data-tone="run">
      <LoaderCircle size={14} aria-hidden className={styles.spin} />
      {/* The count changes ten times a second: heard once, seen always. */}
      <output>{queued ? queueText(kernel.position) : running ? progressText(run) : "starting"}</output>
      {running && <span aria-hidden>· {secondsText(seconds)}</span>}
      {(running || queued) && (
        <button type="button" className={styles.cancel} onClick={cancel}>
          Cancel
        </button>
      )}
    </span>
  );
}

function Age(props: Pick<NowProps, "room" | "refresh" | "refreshForAll">): ReactNode {
  const { room, refresh, refreshForAll } = props;
  const now = useNow(20_000);
  const published = room.results?.fresh ? room.results.at : "";
  const at = published || room.run?.ended_at || oldestOf(room) || room.results?.at || "";
  if (!at) return null;
  const rests = !published && room.kernel.state === "none";
  const ago = agoText(at, now);
  return (
    <span className={styles.now}>
      {room.results?.refreshing ? (
        <LoaderCircle size={14} aria-label="Newer results are being computed" className={styles.spin} />
      ) : (
        <Clock size={14} aria-hidden />
      )}
      <time dateTime={at} title={new Date(at).toLocaleString()}>
        <span className={styles.wide}>{published ? "results from " : "updated "}</span>
        {ago}
      </time>
      {rests && (
        <span
          className={styles.wide}
          title="Nothing was done here for a while. The next change starts it again."
        >
          · at rest
        </span>
      )}
      {room.results?.refreshing && <span className={styles.wide}>· refreshing</span>}
      {refresh && <Refresh forMe={refresh} forAll={refreshForAll} />}
    </span>
  );
}

/** When the oldest cell in sight ran; "" where none did. */
function oldestOf(room: Room): string {
  const times = Object.values(room.cells).flatMap(({ at }) => (at ? [at] : []));
  return times.reduce((oldest, at) => (oldest === "" || at < oldest ? at : oldest), "");
}

/** One press where it can only mean oneself, else a choice. */
function Refresh(props: {
  readonly forMe: () => void;
  readonly forAll: (() => void) | undefined;
}): ReactNode {
  const { forMe, forAll } = props;
  const { open, setOpen, id, place, toggle } = usePanel("section button");
  const press = forAll ? toggle : { type: "button" as const, onClick: forMe };
  const choose = (act: () => void) => (): void => {
    setOpen(false);
    act();
  };
  return (
    <div ref={place} className={styles.share}>
      <button {...press} className={styles.refresh} aria-label="Refresh" title="Run again with these inputs">
        <RotateCw size={14} aria-hidden />
      </button>
      {open && forAll && (
        <section id={id} className={styles.menu} data-choice aria-label="Refresh">
          <button type="button" className={styles.choice} onClick={choose(forMe)}>
            For me<span>Runs again with these inputs</span>
          </button>
          <button type="button" className={styles.choice} onClick={choose(forAll)}>
            For everyone<span>Computes the published results anew, with the defaults</span>
          </button>
        </section>
      )}
    </div>
  );
}
