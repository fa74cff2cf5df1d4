// The pictograms of the product: lines on a grid of 16, in the colour of the text beside them.
//
// An icon never speaks alone: it stands beside a word, or its button has a label.

import styles from "./Icon.module.css";

const PATHS = {
  chart: "M2.5 13.5h11M4.5 11V8M8 11V3.5M11.5 11V6",
  check: "M3.5 8.5l3 3 6-7",
  clock: "M13.7 8A5.7 5.7 0 1 1 2.3 8a5.7 5.7 0 0 1 11.4 0zM8 4.8V8l2.2 1.5",
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M5.5 6.5a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1zM10.5 5.5v-3h-8v8h3",
  dash: "M4 8h8",
  dots: "M3.4 8h.2M7.9 8h.2M12.4 8h.2",
  down: "M4.5 6.5L8 10l3.5-3.5",
  download: "M8 2.5v7.5M5 7.3l3 3 3-3M3 13h10",
  error: "M13.7 8A5.7 5.7 0 1 1 2.3 8a5.7 5.7 0 0 1 11.4 0zM8 5v3.6M8 10.9v.1",
  edit: "M3 13l.7-2.8 7.1-7.1a1.2 1.2 0 011.7 0l.4.4a1.2 1.2 0 010 1.7L5.8 12.3 3 13zM9.6 4.3l2.1 2.1",
  external: "M6.5 3.5h-3v9h9v-3M9 2.5h4.5V7M13.2 2.8L7.5 8.5",
  input:
    "M2.5 5H9M12.5 5h1M2.5 11h1M7 11h6.5M12.4 5a1.7 1.7 0 1 1-3.4 0 1.7 1.7 0 0 1 3.4 0zM6.9 11a1.7 1.7 0 1 1-3.4 0 1.7 1.7 0 0 1 3.4 0z",
  key: "M8.9 5.8a2.9 2.9 0 1 1-5.8 0 2.9 2.9 0 0 1 5.8 0zM8 7.9l5.5 5.6M11.2 11.2l1.6-1.6",
  left: "M9.5 4.5L6 8l3.5 3.5",
  link: "M6.8 9.2a2.5 2.5 0 0 0 3.6 0l2.1-2.1a2.5 2.5 0 0 0-3.6-3.6L8 4.4M9.2 6.8a2.5 2.5 0 0 0-3.6 0L3.5 8.9a2.5 2.5 0 0 0 3.6 3.6l.9-.9",
  list: "M6 4h7M6 8h7M6 12h7M3 4h.1M3 8h.1M3 12h.1",
  markdown: "M3 4h10M3 8h10M3 12h6",
  offline: "M2.5 6.5C5.6 3.8 10.4 3.8 13.5 6.5M5 9.2c1.7-1.4 4.3-1.4 6 0M8 12.2v.1M3 2.5l10 11",
  people:
    "M8.3 5.5a2.3 2.3 0 1 1-4.6 0 2.3 2.3 0 0 1 4.6 0zM1.8 13c.4-2.4 2-3.7 4.2-3.7s3.8 1.3 4.2 3.7M10.3 3.4a2.3 2.3 0 0 1 0 4.2M12 9.7c1.2.6 2 1.7 2.2 3.3",
  play: "M5 3.5v9l7-4.5z",
  plus: "M8 3.5v9M3.5 8h9",
  python: "M5.5 5L2.5 8l3 3M10.5 5l3 3-3 3",
  refresh: "M13 8a5 5 0 1 1-1.5-3.6M13 2.5v2.8h-2.8",
  right: "M6.5 4.5L10 8l-3.5 3.5",
  ring: "M11 8a3 3 0 1 1-6 0 3 3 0 0 1 6 0z",
  search: "M11.3 7a4.3 4.3 0 1 1-8.6 0 4.3 4.3 0 0 1 8.6 0zM10.2 10.2l3.3 3.3",
  settings: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11M6 3v3M10.5 6.5v3M5 10v3",
  skip: "M5.5 8h5",
  sql: "M3 4.2c0-1 2.2-1.9 5-1.9s5 .9 5 1.9-2.2 1.9-5 1.9-5-.9-5-1.9zM3 4.2v7.6c0 1 2.2 1.9 5 1.9s5-.9 5-1.9V4.2M3 8c0 1 2.2 1.9 5 1.9s5-.9 5-1.9",
  stop: "M4.5 4.5h7v7h-7z",
  table: "M2.5 4a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1zM2.5 6.5h11M7 6.5V13",
  trash: "M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4",
  up: "M4.5 9.5L8 6l3.5 3.5",
  upload: "M8 10.5V3M5 5.7l3-3 3 3M3 10v3h10v-3",
  value: "M6.5 3L5 13M11 3L9.5 13M3 6.2h10.5M2.5 9.8H13",
  versions: "M3 8a5 5 0 1 0 1.5-3.6L3 5.8M3 2.8v3h3M8 5.5V8l1.8 1.2",
  warn: "M8 2.8l5.7 10.2H2.3zM8 6.6v3M8 11.3v.1",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({
  name,
  small = false,
  className,
}: {
  name: IconName;
  small?: boolean;
  className?: string | undefined;
}) {
  const classes = [styles.icon, small && styles.small, className].filter(Boolean).join(" ");
  return (
    <svg className={classes} viewBox="0 0 16 16" aria-hidden="true">
      {name === "skip" && <circle cx="8" cy="8" r="5.7" strokeDasharray="2.2 2.2" />}
      <path d={PATHS[name]} strokeWidth={name === "dots" ? 2 : undefined} />
    </svg>
  );
}

/** The mark of the product: a picture that hangs. */
export function Mark({ className }: { className?: string | undefined }) {
  return (
    <svg
      className={[styles.mark, className].filter(Boolean).join(" ")}
      viewBox="0 0 20 20"
      aria-hidden="true"
    >
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
