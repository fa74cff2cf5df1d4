// A state is a shape and a word, then a colour: it is read without seeing colours, and without the picture.

import type { ReactNode } from "react";

import { Icon, type IconName } from "./Icon";
import { Spinner } from "./Spinner";
import styles from "./State.module.css";

export type Tone = "ok" | "warn" | "error" | "info" | "muted" | "accent";

export type Shape = IconName | "spinner" | "dot" | "ring-dot";

/** A shape and words. */
export function StateMark({
  tone,
  shape,
  children,
}: {
  readonly tone: Tone;
  readonly shape: Shape;
  readonly children?: ReactNode;
}) {
  return (
    <span className={`${styles.state} ${styles[tone]}`}>
      <StateShape shape={shape} />
      {children}
    </span>
  );
}

function StateShape({ shape }: { readonly shape: Shape }) {
  if (shape === "spinner") return <Spinner />;
  if (shape === "dot") return <span className={styles.dot} />;
  if (shape === "ring-dot") return <span className={`${styles.dot} ${styles.ring}`} />;
  return <Icon name={shape} small className={styles.shape} />;
}

/** A sentence on a soft ground that stays: what is so, and the button that helps. */
export function Banner({
  tone,
  icon,
  children,
  action,
}: {
  readonly tone: Tone;
  readonly icon?: IconName;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <div
      className={`${styles.banner} ${styles[`${tone}Ground`]}`}
      role={tone === "error" ? "alert" : "status"}
    >
      {icon && <Icon name={icon} />}
      <div className={styles.says}>{children}</div>
      {action}
    </div>
  );
}

/** What to do where there is nothing yet, or nothing more. */
export function EmptyState({
  title,
  picture,
  action,
  children,
}: {
  readonly title: string;
  readonly picture?: ReactNode;
  readonly action?: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <div className={styles.empty}>
      {picture}
      <h2 className={styles.emptyTitle}>{title}</h2>
      {children}
      {action && <div className={styles.emptyAction}>{action}</div>}
    </div>
  );
}

/** A picture frame on its nail: for pages with nothing on them yet. */
export function FramePicture() {
  return (
    <svg className={styles.picture} width="84" height="80" viewBox="0 0 84 80" fill="none" aria-hidden="true">
      <path d="M20 21L42 5l22 16" className={styles.frame} />
      <circle cx="42" cy="5" r="3" className={styles.nail} />
      <rect x="2" y="21" width="80" height="56" rx="3" className={styles.frame} />
      <rect x="10" y="29" width="64" height="40" className={styles.mount} />
      <path d="M16 60l15-15 10 8 12-15 10 9" className={styles.line} />
    </svg>
  );
}
