// The line that marks the page of a past run: when it was, what it ran with, and the ways on. Such a page shows and
// changes nothing; it says so before anything else.

import { History } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";

import { get, post } from "../net/api";
import type { PastRun, RunBody } from "../wire";
import styles from "./Past.module.css";
import { goesOnStill, pastText } from "./runs";

const LOOK_AGAIN = 2_000;

export interface PastProps {
  readonly past: PastRun;
  readonly project: string;
  /** The published app's address. */
  readonly appUrl: string;
}

export function Past({ past, project, appUrl }: PastProps): ReactNode {
  const [restored, setRestored] = useState<"" | "asking" | "done">("");
  const [problem, setProblem] = useState("");
  const path = `/projects/${project}/runs/${past.run}`;
  useReloadAtItsEnd(past, path);
  const restore = async (): Promise<void> => {
    setRestored("asking");
    setProblem("");
    try {
      await post(`${path}/restore`);
      setRestored("done");
    } catch (error) {
      setRestored("");
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  const at = new Date(past.at);
  return (
    <section className={styles.past} aria-label="Past run">
      <History size={16} aria-hidden />
      <p>
        <strong>
          {goesOnStill(past) ? "A run that goes on, begun " : "As it was "}
          <time dateTime={past.at} title={at.toLocaleString()}>
            {when(at)}
          </time>
        </strong>{" "}
        <span>{pastText(past)}</span>
      </p>
      <output className={styles.says}>
        {restored === "done" ? "These are the published results again." : problem}
      </output>
      <span className={styles.acts}>
        {past.restorable && restored !== "done" && (
          <button type="button" disabled={restored === "asking"} onClick={() => void restore()}>
            {restored === "asking" ? "Restoring…" : "Restore as published results"}
          </button>
        )}
        {past.runs_url && <a href={past.runs_url}>Run log</a>}
        {past.published && <a href={appUrl}>Open the app</a>}
      </span>
    </section>
  );
}

function when(at: Date): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" }).format(at);
}

/** A page that came while its run went on shows all of it once it has ended. */
function useReloadAtItsEnd(past: PastRun, path: string): void {
  const on = goesOnStill(past);
  useEffect(() => {
    if (!on) return undefined;
    const timer = setInterval(() => void look(), LOOK_AGAIN);
    const look = async (): Promise<void> => {
      const now = await get<RunBody>(path).catch(() => null);
      if (now && now.endTime !== null) location.reload();
    };
    return () => clearInterval(timer);
  }, [on, path]);
}
