import styles from "./Spinner.module.css";

/** Something goes on; stands beside a word that says what. */
export function Spinner({ className }: { className?: string | undefined }) {
  return (
    <svg
      className={[styles.spinner, className].filter(Boolean).join(" ")}
      viewBox="0 0 16 16"
      aria-hidden="true"
    >
      <circle cx="8" cy="8" r="5.5" className={styles.track} />
      <path d="M8 2.5A5.5 5.5 0 0 1 13.5 8" />
    </svg>
  );
}

/** How far it is: `at` from 0 to 1. */
export function Progress({ at, label }: { readonly at: number; readonly label: string }) {
  return (
    <progress className={styles.progress} aria-label={label} value={Math.min(1, Math.max(0, at))} max={1} />
  );
}
