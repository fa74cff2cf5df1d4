// The bar above an app: what it is, how old what one sees is, what runs, and the ways on.

import { Clock, CloudOff, Link2, LoaderCircle, Play, RotateCw } from "lucide-react";
import { useEffect, useId, useRef, useState, type ReactNode } from "react";

import type { Room } from "../core/room";
import type { AppView } from "../wire";
import type { AppPageProps } from "./AppPage";
import styles from "./Bar.module.css";
import { useLasting, useNow } from "./hooks";
import { agoText, progressText, secondsText, type AppState } from "./state";

type BarProps = AppPageProps & { readonly app: AppView | null; readonly shown: AppState };

export function Bar(props: BarProps): ReactNode {
  const { state, app, shown, actions, embedded = false, editUrl = "", shareUrl = "" } = props;
  const { room } = state;
  const manual = app?.settings.on_interaction === "manual";
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
      {!embedded && room && (
        <Now room={room} shown={shown} cancel={actions.interrupt} refresh={actions.runAll} />
      )}
      {manual && room && (
        <button
          type="button"
          className={styles.run}
          disabled={shown === "offline" || shown === "ended"}
          onClick={actions.runAll}
        >
          <Play size={14} aria-hidden /> Run
        </button>
      )}
      {!embedded && shareUrl && <Share url={shareUrl} />}
      {!embedded && editUrl && (
        <a className={styles.edit} href={editUrl}>
          Edit
        </a>
      )}
    </header>
  );
}

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
  readonly refresh: () => void;
}

/** One quiet line: offline, what runs, or how old the results are. */
function Now({ room, shown, cancel, refresh }: NowProps): ReactNode {
  const running = useLasting(shown === "running" || shown === "starting", 300);
  if (shown === "offline") {
    return (
      <span className={styles.now} data-tone="warn">
        <CloudOff size={14} aria-hidden /> offline
      </span>
    );
  }
  if (running) return <Progress room={room} cancel={cancel} />;
  if (shown === "ended") return null;
  return <Age room={room} refresh={refresh} />;
}

function Progress({ room, cancel }: { readonly room: Room; readonly cancel: () => void }): ReactNode {
  const { run } = room;
  const now = useNow(100);
  const seconds = run ? Math.max(0, (now - Date.parse(run.started_at)) / 1000) : 0;
  return (
    <span className={styles.now} data-tone="run">
      <LoaderCircle size={14} aria-hidden className={styles.spin} />
      {/* The count changes ten times a second: heard once, seen always. */}
      <output>{run?.status === "running" ? progressText(run) : "starting"}</output>
      {run?.status === "running" && <span aria-hidden>· {secondsText(seconds)}</span>}
      {run?.status === "running" && (
        <button type="button" className={styles.cancel} onClick={cancel}>
          Cancel
        </button>
      )}
    </span>
  );
}

function Age({ room, refresh }: { readonly room: Room; readonly refresh: () => void }): ReactNode {
  const now = useNow(20_000);
  const published = room.results?.fresh || room.kernel.state === "none" ? (room.results?.at ?? "") : "";
  const at = published || room.run?.ended_at || room.results?.at || "";
  if (!at) return null;
  const ago = agoText(at, now);
  return (
    <span className={styles.now}>
      <Clock size={14} aria-hidden />
      <time dateTime={at} title={new Date(at).toLocaleString()}>
        <span className={styles.wide}>{published ? "results from " : "updated "}</span>
        {ago}
      </time>
      <button
        type="button"
        className={styles.refresh}
        aria-label="Refresh"
        title="Run again with these inputs"
        onClick={refresh}
      >
        <RotateCw size={14} aria-hidden />
      </button>
    </span>
  );
}

/** How to show this to others. */
function Share({ url }: { readonly url: string }): ReactNode {
  const [open, setOpen] = useState(false);
  const [said, setSaid] = useState("");
  const id = useId();
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return undefined;
    place.current?.querySelector<HTMLElement>(`.${styles.copy ?? ""}`)?.focus();
    const outside = (event: PointerEvent): void => {
      if (event.target instanceof Node && !place.current?.contains(event.target)) setOpen(false);
    };
    const escape = (event: globalThis.KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("keydown", escape);
    };
  }, [open]);
  const copy = async (): Promise<void> => {
    setSaid((await copied(url)) ? "Copied" : url);
  };
  return (
    <div ref={place} className={styles.share}>
      <button
        ref={button}
        type="button"
        className={styles.button}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => {
          setOpen(!open);
          setSaid("");
        }}
      >
        Share
      </button>
      {open && (
        <section id={id} className={styles.menu} aria-label="Share">
          <div className={styles.item}>
            <Link2 size={16} aria-hidden />
            <div>
              <p className={styles.name}>Published app</p>
              <p className={styles.about}>Everyone starts from the defaults.</p>
            </div>
            <button type="button" className={styles.copy} onClick={() => void copy()}>
              {said === "Copied" ? "Copied" : "Copy link"}
            </button>
          </div>
          <output className={styles.said}>{said && said !== "Copied" ? said : ""}</output>
        </section>
      )}
    </div>
  );
}

/** False where the browser gives no clipboard (a page over plain HTTP): then the address is shown to be copied by hand. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
