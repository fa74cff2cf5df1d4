// What one cell shows on both sides, beside each other: tables row by row, everything else as it is shown anywhere.
//
// Asked for when it comes into sight, so that a long difference costs what is looked at.

import { useQuery } from "@tanstack/react-query";
import { useRef, type ReactNode } from "react";

import { CellOutput } from "../cells/CellOutput";
import { TABLE } from "../cells/mime";
import { get } from "../net/api";
import { Spinner } from "../ui/Spinner";
import type { AnyOutput, CellRun, RowHunk, RowsDifference, ShownBody } from "../wire";
import { rowsWords, valueWords, type Compared } from "./difference";
import styles from "./Outputs.module.css";
import { useSeen } from "./useSeen";

export interface OutputsProps {
  readonly compared: Compared;
  readonly cell: string;
  /** Over the columns. */
  readonly before: string;
  readonly after: string;
}

export function Outputs({ compared, cell, before, after }: OutputsProps) {
  const place = useRef<HTMLDivElement>(null);
  const seen = useSeen(place);
  const { project, from, to, stamp } = compared;
  const { data, error } = useQuery({
    queryKey: ["shown", project, from, to, cell, stamp],
    queryFn: ({ signal }) =>
      get<ShownBody>(`/projects/${project}/diff/outputs/${encodeURIComponent(cell)}`, {
        query: { from: String(from), to: String(to) },
        signal,
      }),
    enabled: seen,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (last) => last,
  });
  return (
    <div ref={place} className={styles.outputs}>
      {data ? (
        <Shown body={data} cell={cell} before={before} after={after} />
      ) : error ? (
        <p className={styles.says}>The outputs could not be shown. {error.message}</p>
      ) : (
        <p className={styles.waiting}>
          <Spinner /> Fetching the outputs
        </p>
      )}
    </div>
  );
}

function Shown({
  body,
  cell,
  before,
  after,
}: {
  readonly body: ShownBody;
  readonly cell: string;
  readonly before: string;
  readonly after: string;
}) {
  const { tables } = body;
  return (
    <>
      {tables.map((table, at) => (
        // The n-th table of one beside the n-th of the other.
        // oxlint-disable-next-line react/no-array-index-key
        <Rows key={at} table={table} before={before} after={after} />
      ))}
      <div className={styles.sides}>
        <Side name={before} run={body.before} cell={cell} without={tables.length} />
        <Side name={after} run={body.after} cell={cell} without={tables.length} />
      </div>
    </>
  );
}

/** One side, but for the tables that are compared above. */
function Side({
  name,
  run,
  cell,
  without,
}: {
  readonly name: string;
  readonly run: CellRun | null;
  readonly cell: string;
  readonly without: number;
}): ReactNode {
  const outputs = run ? withoutTables(run.outputs, without) : [];
  if (run && without > 0 && outputs.length === 0) return null;
  return (
    <section className={styles.side} aria-label={`Output in ${name}`}>
      <h5 className={styles.sideName}>{name}</h5>
      {outputs.length > 0 ? (
        <CellOutput cell={cell} label="" outputs={outputs} queryTable={null} />
      ) : (
        <p className={styles.says}>{run ? stateWords(run) : "It has not run."}</p>
      )}
    </section>
  );
}

function stateWords(run: CellRun): string {
  if (run.state === "skipped") return "Skipped: a cell that it needs failed.";
  if (run.state === "queued" || run.state === "running") return "Not computed yet.";
  return "It shows nothing.";
}

function withoutTables(outputs: readonly AnyOutput[], count: number): readonly AnyOutput[] {
  let left = count;
  return outputs.filter((output) => {
    if (left === 0 || output.output !== "display" || !(TABLE in output.data)) return true;
    left -= 1;
    return false;
  });
}

/** Two tables; columns that one side lacks are marked as a whole, values that differ each. */
function Rows({
  table,
  before,
  after,
}: {
  readonly table: RowsDifference;
  readonly before: string;
  readonly after: string;
}) {
  const words = rowsWords(table);
  return (
    <figure className={styles.rows}>
      <div className={styles.scroll}>
        <table>
          <thead>
            <tr>
              <th colSpan={Math.max(1, table.before_columns.length)}>{before}</th>
              <th colSpan={Math.max(1, table.after_columns.length)} className={styles.later}>
                {after}
              </th>
            </tr>
            <tr>
              {table.before_columns.map((name) => (
                <th
                  key={name}
                  scope="col"
                  className={table.after_columns.includes(name) ? undefined : styles.old}
                >
                  {name}
                </th>
              ))}
              {table.after_columns.map((name, at) => (
                <th
                  key={name}
                  scope="col"
                  className={[
                    at === 0 ? styles.later : "",
                    table.before_columns.includes(name) ? "" : styles.new,
                  ].join(" ")}
                >
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.hunks.map((hunk, at) => (
              // Rows have no identity but their place.
              // oxlint-disable-next-line react/no-array-index-key
              <Row key={at} hunk={hunk} table={table} />
            ))}
          </tbody>
        </table>
      </div>
      {words && <figcaption className={styles.says}>{words}</figcaption>}
    </figure>
  );
}

function Row({ hunk, table }: { readonly hunk: RowHunk; readonly table: RowsDifference }) {
  const { before_columns: old, after_columns: now } = table;
  if (hunk.kind === "same" && hunk.rows > 1) {
    const words = `${hunk.rows} rows with equal values`;
    return (
      <tr className={styles.equal}>
        <td colSpan={Math.max(1, old.length)}>{words}</td>
        <td colSpan={Math.max(1, now.length)} className={styles.later}>
          {words}
        </td>
      </tr>
    );
  }
  return (
    <tr data-row={hunk.kind}>
      {hunk.before ? (
        old.map((name, at) => {
          const differs =
            hunk.kind === "removed" || hunk.columns.includes(name) || (!now.includes(name) && hunk.after);
          return (
            <td key={name} className={differs ? styles.old : undefined}>
              {valueWords(hunk.before?.[at])}
            </td>
          );
        })
      ) : (
        <td colSpan={Math.max(1, old.length)} className={styles.absent} aria-label="No such row" />
      )}
      {hunk.after ? (
        now.map((name, at) => {
          const differs =
            hunk.kind === "added" || hunk.columns.includes(name) || (!old.includes(name) && hunk.before);
          return (
            <td key={name} className={[at === 0 ? styles.later : "", differs ? styles.new : ""].join(" ")}>
              {valueWords(hunk.after?.[at])}
            </td>
          );
        })
      ) : (
        <td
          colSpan={Math.max(1, now.length)}
          className={`${styles.absent} ${styles.later}`}
          aria-label="No such row"
        />
      )}
    </tr>
  );
}
