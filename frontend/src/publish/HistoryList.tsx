// The list of versions, newest first, with what else was done between them. Thousands cost what is in sight: the rest is
// neither drawn nor fetched.

import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";

import { Ago } from "../ui/Ago";
import { Spinner } from "../ui/Spinner";
import { StateMark } from "../ui/State";
import type { PublishingView, StepBody, VersionBody } from "../wire";
import { madeBy, runMark, stepWords, type HistoryEntry } from "./versions";
import styles from "./VersionsPage.module.css";

const HEIGHT = 52;

export interface HistoryListProps {
  readonly entries: readonly HistoryEntry[];
  readonly chosen: number;
  readonly onChoose: (number: number) => void;
  readonly publishing: PublishingView | null;
  readonly logicUrl: string;
  readonly more: boolean;
  readonly onMore: () => void;
}

export function HistoryList(props: HistoryListProps) {
  const { entries, chosen, onChoose, publishing, logicUrl, more, onMore } = props;
  const place = useRef<HTMLElement>(null);
  const count = 1 + entries.length + (more ? 1 : 0);
  // oxlint-disable-next-line react/incompatible-library
  const list = useVirtualizer({
    count,
    getScrollElement: () => place.current,
    estimateSize: () => HEIGHT,
    overscan: 8,
  });
  const items = list.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= count - 20) onMore();
  }, [more, last, count, onMore]);
  return (
    <nav ref={place} className={styles.history} aria-label="Versions">
      <ol style={{ height: list.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const entry = entries[index - 1];
          const at = { transform: `translateY(${start}px)` };
          const position = { "aria-setsize": more ? -1 : count, "aria-posinset": index + 1 };
          if (index === 0)
            return (
              <li key="draft" className={styles.step} style={at} data-draft {...position}>
                <Draft publishing={publishing} logicUrl={logicUrl} />
              </li>
            );
          if (!entry)
            return (
              <li key="more" className={styles.more} style={at} {...position}>
                <Spinner /> Older versions
              </li>
            );
          if (entry.kind === "step")
            return (
              <li key={entry.key} className={styles.step} style={at} data-step {...position}>
                <Step step={entry.step} />
              </li>
            );
          const { version } = entry;
          return (
            <li
              key={entry.key}
              className={styles.step}
              style={at}
              data-published={version.published || undefined}
              {...position}
            >
              <Entry version={version} chosen={version.number === chosen} onChoose={onChoose} />
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

function Draft({
  publishing,
  logicUrl,
}: {
  readonly publishing: PublishingView | null;
  readonly logicUrl: string;
}) {
  const changes = publishing?.unpublished_changes ?? false;
  return (
    <a className={styles.entry} href={logicUrl}>
      <span className={styles.name}>Draft</span>
      <span className={styles.sub}>
        {publishing && (changes ? "Has unpublished changes" : "Same as the published version")}
      </span>
    </a>
  );
}

function Step({ step }: { readonly step: StepBody }) {
  const name = step.by.name || step.by.email || "Somebody";
  return (
    <div className={`${styles.entry} ${styles.quiet}`}>
      <span className={styles.name}>{stepWords(step)}</span>
      <span className={styles.sub}>
        {name}, <Ago at={step.at} />
      </span>
    </div>
  );
}

function Entry({
  version,
  chosen,
  onChoose,
}: {
  readonly version: VersionBody;
  readonly chosen: boolean;
  readonly onChoose: (number: number) => void;
}) {
  const mark = runMark(version.runStatus);
  return (
    <button
      type="button"
      className={styles.entry}
      aria-current={chosen || undefined}
      aria-label={`Version ${version.number}${version.title ? `, ${version.title}` : ""}${version.published ? ", published" : ""}`}
      onClick={() => onChoose(version.number)}
    >
      <span className={styles.name}>
        <span className={styles.number}>{version.number}</span> {version.title}
      </span>
      <span className={styles.marks}>
        {version.published && <span className={styles.published}>published</span>}
        {version.kind !== "published" && <span className={styles.kind}>{version.kind}</span>}
        {mark && (
          <span title={mark.words}>
            <StateMark tone={mark.tone} shape={mark.shape} />
          </span>
        )}
      </span>
      <span className={styles.sub}>
        {madeBy(version)}, <Ago at={version.createdAt} />
      </span>
    </button>
  );
}
