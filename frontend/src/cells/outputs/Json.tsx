// JSON as a tree that folds.

import type { ReactNode } from "react";

import { isTagged } from "../../core/values";
import styles from "./Json.module.css";

const MOST = 200;

export function Json({
  value,
  name,
  open = true,
}: {
  readonly value: unknown;
  readonly name?: string;
  readonly open?: boolean;
}): ReactNode {
  const label = name === undefined ? null : <span className={styles.key}>{name}: </span>;
  if (typeof value !== "object" || value === null || isTagged(value)) {
    return (
      <div className={styles.leaf}>
        {label}
        <span data-kind={typeof value}>
          {isTagged(value) ? Object.values(value)[0] : JSON.stringify(value)}
        </span>
      </div>
    );
  }
  const list = Array.isArray(value);
  const entries = Object.entries(value);
  return (
    <details className={styles.node} open={open}>
      <summary>
        {label}
        <span className={styles.size}>{list ? `[${entries.length}]` : `{${entries.length}}`}</span>
      </summary>
      <div className={styles.children}>
        {entries.slice(0, MOST).map(([key, item]) => (
          <Json key={key} name={key} value={item} open={false} />
        ))}
        {entries.length > MOST && <div className={styles.size}>and {entries.length - MOST} more</div>}
      </div>
    </details>
  );
}
