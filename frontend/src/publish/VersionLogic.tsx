// A version's logic, to be read: its cells with what its run showed. Nothing of a version is ever edited.

import { useQuery } from "@tanstack/react-query";

import { CellOutput } from "../cells/CellOutput";
import { nameOf, TYPE_ICONS } from "../logic/cells";
import { get } from "../net/api";
import { Icon } from "../ui/Icon";
import { Spinner } from "../ui/Spinner";
import { Banner, StateMark } from "../ui/State";
import type { Cell, VersionContent } from "../wire";
import styles from "./VersionLogic.module.css";

export function VersionLogic({ project, number }: { readonly project: string; readonly number: number }) {
  const { data, error } = useQuery({
    queryKey: ["version logic", project, number],
    queryFn: ({ signal }) => get<VersionContent>(`/projects/${project}/versions/${number}/logic`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error)
    return (
      <Banner tone="error" icon="error">
        The version could not be shown. {error.message}
      </Banner>
    );
  if (!data)
    return (
      <p className={styles.waiting}>
        <Spinner /> Fetching version {number}
      </p>
    );
  const { cells } = data.document;
  if (cells.length === 0) return <p className={styles.waiting}>It has no cells.</p>;
  return (
    <div className={styles.logic}>
      {cells.map((cell, index) => {
        const run = data.cells[cell.id];
        const source = sourceOf(cell);
        return (
          <article key={cell.id} className={styles.cell} data-cell={cell.id} aria-label={nameOf(cell, index)}>
            <header className={styles.head}>
              <Icon name={TYPE_ICONS[cell.type]} small />
              <h4>{nameOf(cell, index)}</h4>
              {run?.state === "error" && (
                <StateMark tone="error" shape="error">
                  failed
                </StateMark>
              )}
              {run?.state === "skipped" && (
                <StateMark tone="warn" shape="warn">
                  skipped
                </StateMark>
              )}
            </header>
            {source && <pre className={styles.source}>{source}</pre>}
            {run && run.outputs.length > 0 && (
              <CellOutput cell={cell.id} label="" outputs={run.outputs} queryTable={null} />
            )}
          </article>
        );
      })}
    </div>
  );
}

function sourceOf(cell: Cell): string {
  switch (cell.type) {
    case "python":
    case "sql":
    case "markdown":
      return cell.source;
    case "value":
      return cell.value;
    case "input":
      return `${cell.input.name}: ${cell.input.kind}`;
    case "chart":
    case "table":
      return cell.dataframe;
  }
}
