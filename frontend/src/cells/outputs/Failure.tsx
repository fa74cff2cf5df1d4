// An error in two forms. Who may see the code gets the exception and where it was raised; everybody else a plain
// sentence, and the author's own words where the code raised `AppError`.

import { ChevronRight, CircleAlert, RotateCw } from "lucide-react";
import type { ReactNode } from "react";

import type { ErrorOutput } from "../../wire";
import styles from "./Failure.module.css";
import { Ansi } from "./Stream";

export interface FailureProps {
  readonly error: ErrorOutput;
  /** Heading of the part, so that one knows what is missing. */
  readonly label: string;
  /** Absent where running again is not this person's to ask. */
  readonly onRetry?: (() => void) | undefined;
}

export function Failure({ error, label, onRetry }: FailureProps): ReactNode {
  return error.ename ? <Raised error={error} /> : <Plain error={error} label={label} onRetry={onRetry} />;
}

function Raised({ error }: { readonly error: ErrorOutput }): ReactNode {
  return (
    <section className={styles.raised} aria-label="Error">
      <p className={styles.what}>
        <CircleAlert size={16} aria-hidden />
        <span>
          <b>{error.ename}</b>
          {error.evalue && `: ${error.evalue}`}
          {error.line > 0 && <span className={styles.line}> in line {error.line}</span>}
        </span>
      </p>
      {error.traceback.length > 0 && (
        <details>
          <summary>
            <ChevronRight size={14} aria-hidden /> Traceback
          </summary>
          <Ansi text={error.traceback.join("\n")} />
        </details>
      )}
    </section>
  );
}

function Plain({ error, label, onRetry }: FailureProps): ReactNode {
  return (
    <div className={styles.plain}>
      {label && <h3>{label}</h3>}
      <div className={styles.box}>
        <CircleAlert size={16} aria-hidden />
        <p className={styles.heading}>This part could not be computed</p>
        <p>{error.app_text || error.evalue || "The other parts are not affected."}</p>
        {onRetry && (
          <button type="button" onClick={onRetry}>
            <RotateCw size={14} aria-hidden /> Try again
          </button>
        )}
      </div>
    </div>
  );
}
