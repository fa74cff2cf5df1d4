// Sentences below the bar: a lost connection, an ended session, a dead kernel, a newer version, what was ignored.
// Each says what happened and offers the one thing that helps.

import { CircleAlert, Info, LoaderCircle, Undo2, X } from "lucide-react";
import { useState, type ReactNode } from "react";

import type { EarlierSession, Notice } from "../wire";
import type { AppPageProps } from "./AppPage";
import { useLasting, useNow } from "./hooks";
import styles from "./Notices.module.css";
import { agoText, goesOn, gone, type AppState } from "./state";

type NoticesProps = AppPageProps & { readonly shown: AppState };

export function Notices(props: NoticesProps): ReactNode {
  const { state, actions, notices = [], shown, refused = "", onDismissRefusal, onReload } = props;
  const { earlier = null, onContinue, onShowResults } = props;
  const { room, ended } = state;
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  // A connection that is back within a second was never worth a word.
  const offline = useLasting(shown === "offline", 1_000);
  const given = [...notices, ...(room?.notices ?? [])].filter(
    (notice, at, all) =>
      all.findIndex(({ code, text }) => code === notice.code && text === notice.text) === at,
  );
  return (
    <output className={styles.notices}>
      {offline && (
        <Strip
          tone="warn"
          icon={<LoaderCircle size={16} aria-hidden className={styles.spin} />}
          act={["Try now", actions.retryNow]}
        >
          Reconnecting. Your inputs and results are kept; what you change now is sent when we are back.
        </Strip>
      )}
      {ended && !gone(state) && (
        <Strip
          tone="info"
          icon={<Info size={16} aria-hidden />}
          act={
            goesOn(state)
              ? ["Run again", actions.runAll]
              : ended.reason === "session_ended"
                ? ["Start again", actions.startAgain]
                : ["Reload", () => location.reload()]
          }
        >
          {ended.sentence}
          {goesOn(state) && " What you change now starts a new session with these inputs."}
        </Strip>
      )}
      {earlier && onContinue && room && (room.results?.fresh || room.kernel.state === "none") && !ended && (
        <Earlier earlier={earlier} go={onContinue} />
      )}
      {room?.kernel.state === "dead" && !ended && (
        <Strip tone="error" icon={<CircleAlert size={16} aria-hidden />} act={["Run again", actions.runAll]}>
          {room.kernel.sentence || "The computation ended unexpectedly."}
        </Strip>
      )}
      {refused && (
        <Strip
          tone="error"
          icon={<CircleAlert size={16} aria-hidden />}
          {...(onDismissRefusal ? { onDismiss: onDismissRefusal } : {})}
        >
          {refused}
        </Strip>
      )}
      {given
        .filter(
          ({ code, text }) =>
            !(code === "new_results" && !room?.results?.fresh) &&
            !dismissed.has(`${code} ${text}`) &&
            !(code === "kernel_ended" && room?.kernel.state === "dead"),
        )
        .map((notice) => (
          <Strip
            key={`${notice.code} ${notice.text}`}
            tone={toneOf(notice)}
            icon={<Info size={16} aria-hidden />}
            {...(notice.code === "newer_version" && onReload
              ? { act: ["Reload, keeping my inputs", onReload] as const }
              : {})}
            {...(notice.code === "new_results" && onShowResults
              ? { act: ["Show", onShowResults] as const }
              : {})}
            onDismiss={() => setDismissed(new Set([...dismissed, `${notice.code} ${notice.text}`]))}
          >
            {notice.text}
          </Strip>
        ))}
    </output>
  );
}

/** A quiet line, for a session that was left a while ago. */
function Earlier({ earlier, go }: { readonly earlier: EarlierSession; readonly go: () => void }): ReactNode {
  const [put, putAway] = useState(false);
  const now = useNow(20_000);
  if (put) return null;
  const what = [earlier.summary, agoText(earlier.at, now)].filter(Boolean).join(", ");
  return (
    <div className={styles.quiet}>
      <Undo2 size={14} aria-hidden />
      <span>Continue where you were ({what})?</span>
      <button type="button" onClick={go}>
        Continue
      </button>
      <button type="button" className={styles.dismiss} aria-label="Dismiss" onClick={() => putAway(true)}>
        <X size={14} aria-hidden />
      </button>
    </div>
  );
}

type Tone = "info" | "warn" | "error" | "accent";

function toneOf({ code }: Notice): Tone {
  switch (code) {
    case "newer_version":
    case "new_results":
      return "accent";
    case "kernel_ended":
    case "forced_errors":
      return "warn";
    case "ignored_parameters":
    case "results_pending":
    case "queued":
      return "info";
    default:
      throw new Error(`A notice of an unknown kind: ${String(code satisfies never)}`);
  }
}

function Strip(props: {
  readonly tone: Tone;
  readonly icon: ReactNode;
  readonly act?: readonly [name: string, act: () => void];
  readonly onDismiss?: () => void;
  readonly children: ReactNode;
}): ReactNode {
  const { tone, icon, act, onDismiss, children } = props;
  return (
    <div className={styles.strip} data-tone={tone}>
      {icon}
      <span>{children}</span>
      {act && (
        <button type="button" onClick={act[1]}>
          {act[0]}
        </button>
      )}
      {onDismiss && (
        <button type="button" className={styles.dismiss} aria-label="Dismiss" onClick={onDismiss}>
          <X size={16} aria-hidden />
        </button>
      )}
    </div>
  );
}
