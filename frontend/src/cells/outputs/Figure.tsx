// A single value: what it is, how much, and against what. Green means good, not up.

import type { ReactNode } from "react";

import type { ValueData } from "../media";
import styles from "./Figure.module.css";

export function Figure({ label, data }: { readonly label: string; readonly data: ValueData }): ReactNode {
  const { compare } = data;
  return (
    <dl className={styles.figure}>
      <dt className={styles.label}>{label}</dt>
      <dd className={styles.value}>{data.text}</dd>
      {compare && (
        <dd className={styles.delta}>
          {compare.delta_text && <b data-tone={tone(compare)}>{compare.delta_text}</b>}{" "}
          <span>vs {compare.text}</span>
        </dd>
      )}
    </dl>
  );
}

function tone({ delta, good = "up" }: NonNullable<ValueData["compare"]>): "good" | "bad" | "same" {
  if (delta === null || delta === 0 || Number.isNaN(delta)) return "same";
  return delta > 0 === (good === "up") ? "good" : "bad";
}
