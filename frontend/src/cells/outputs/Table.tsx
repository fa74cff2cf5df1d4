// A table that pages, sorts and filters. What the first page answers alone is answered at once, without a kernel; the
// rest goes to `queryTable`. While an answer is on its way the old rows stay, dimmed.

import {
  ArrowDown,
  ArrowUp,
  ChevronLeft,
  ChevronRight,
  Download,
  ListFilter,
  LoaderCircle,
} from "lucide-react";
import { useEffect, useId, useMemo, useState, type ReactNode } from "react";

import { groupDigits } from "../../core/values";
import type { TableAnswer, TableColumn, TableHead, TableQuery } from "../../wire";
import { cellText, decimals, localPage, type Row } from "../table";
import styles from "./Table.module.css";

const PAGE = 10;
/** The order that a click on a column's head asks for next. */
const numbersFirst = (column: TableColumn | undefined): boolean => column?.type === "number";

export interface TableProps {
  readonly head: TableHead;
  readonly title: string;
  readonly queryTable: ((table: string, query: TableQuery) => Promise<TableAnswer>) | null;
  /** Saves all rows of an order and a filter as a file; absent where nobody can answer. */
  readonly download?: ((table: string, query: TableQuery) => Promise<void>) | undefined;
}

export function Table({ head, title, queryTable, download }: TableProps): ReactNode {
  const [offset, setOffset] = useState(0);
  const [sort, setSort] = useState("");
  const [descending, setDescending] = useState(false);
  const [filter, setFilter] = useState("");
  const id = useId();
  const query: TableQuery = useMemo(
    () => ({ offset, limit: PAGE, sort, descending, filter }),
    [offset, sort, descending, filter],
  );
  const { answer, waiting, failure } = useAnswer(head, query, queryTable);
  const [trouble, setTrouble] = useState("");
  const { rows, total } = answer;
  const places = useMemo(() => head.columns.map((_, at) => decimals(rows, at)), [head.columns, rows]);
  const last = Math.max(1, Math.ceil(total / PAGE));
  const page = Math.min(last, Math.floor(offset / PAGE) + 1);
  const tools = head.total > PAGE;

  const order = (column: TableColumn): void => {
    setOffset(0);
    if (sort !== column.name) {
      setSort(column.name);
      setDescending(numbersFirst(column));
    } else if (descending === numbersFirst(column)) setDescending(!descending);
    else setSort("");
  };

  return (
    <div className={styles.table}>
      {(title || tools) && (
        <div className={styles.tools}>
          {title && (
            <h3 id={id} className={styles.title}>
              {title}
            </h3>
          )}
          {tools && (
            <label className={styles.filter}>
              <ListFilter size={16} aria-hidden />
              <input
                type="search"
                placeholder="Filter"
                aria-label={title ? `Filter ${title}` : "Filter rows"}
                value={filter}
                onChange={(event) => {
                  setFilter(event.target.value);
                  setOffset(0);
                }}
              />
            </label>
          )}
          {tools && <PhoneSort columns={head.columns} sort={sort} descending={descending} order={order} />}
        </div>
      )}
      <div className={styles.scroll} data-waiting={waiting || undefined}>
        <table aria-labelledby={title ? id : undefined} aria-rowcount={total + 1} aria-busy={waiting}>
          <thead>
            <tr>
              {head.columns.map((column) => (
                <th
                  key={column.name}
                  scope="col"
                  data-number={column.type === "number" || undefined}
                  aria-sort={sort === column.name ? (descending ? "descending" : "ascending") : undefined}
                >
                  <button type="button" onClick={() => order(column)}>
                    {column.name}
                    {sort === column.name && <Arrow descending={descending} />}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              // A page's rows have no identity of their own but their place.
              // oxlint-disable-next-line react/no-array-index-key
              <tr key={offset + at}>
                {head.columns.map((column, i) => (
                  <td
                    key={column.name}
                    data-number={column.type === "number" || undefined}
                    data-missing={row[i] == null || undefined}
                  >
                    {cellText(row[i], column, places[i] ?? 0)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        <ul className={styles.list}>
          {rows.map((row, at) => (
            // oxlint-disable-next-line react/no-array-index-key
            <PhoneRow key={offset + at} row={row} columns={head.columns} places={places} sort={sort} />
          ))}
        </ul>
        {rows.length === 0 && (
          <p className={styles.none}>{filter ? `No row contains “${filter}”.` : "This table has no rows."}</p>
        )}
      </div>
      {(failure || trouble) && (
        <p role="alert" className={styles.failure}>
          {failure || trouble}
        </p>
      )}
      {(tools || total > 0) && (
        <div className={styles.pager}>
          <span className={styles.count}>
            {total === 0
              ? "No rows"
              : `${groupDigits(String(offset + 1))}–${groupDigits(String(Math.min(total, offset + PAGE)))} of ${groupDigits(String(total))}`}
          </span>
          {download && (
            <DownloadButton save={() => download(head.table, query)} title={title} say={setTrouble} />
          )}
          {last > 1 && (
            <span className={styles.pages}>
              <button
                type="button"
                aria-label="Previous page"
                disabled={page <= 1}
                onClick={() => setOffset(offset - PAGE)}
              >
                <ChevronLeft size={16} aria-hidden />
              </button>
              <span>
                Page {groupDigits(String(page))} of {groupDigits(String(last))}
              </span>
              <button
                type="button"
                aria-label="Next page"
                disabled={page >= last}
                onClick={() => setOffset(offset + PAGE)}
              >
                <ChevronRight size={16} aria-hidden />
              </button>
            </span>
          )}
        </div>
      )}
    </div>
  );
}

/** All rows that the table would show, page by page, as a file. */
function DownloadButton(props: {
  readonly save: () => Promise<void>;
  readonly title: string;
  /** Hears why it failed; "" = a new try has begun. */
  readonly say: (failure: string) => void;
}): ReactNode {
  const { save, title, say } = props;
  const [busy, setBusy] = useState(false);
  const start = async (): Promise<void> => {
    setBusy(true);
    say("");
    try {
      await save();
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  return (
    <button
      type="button"
      className={styles.download}
      title="All rows, in this order and through this filter"
      aria-label={title ? `Download ${title} as CSV` : "Download as CSV"}
      aria-busy={busy}
      aria-disabled={busy}
      onClick={() => {
        if (!busy) void start();
      }}
    >
      {busy ? (
        <LoaderCircle size={14} aria-hidden className={styles.spin} />
      ) : (
        <Download size={14} aria-hidden />
      )}
      CSV
    </button>
  );
}

function Arrow({ descending }: { readonly descending: boolean }): ReactNode {
  const Icon = descending ? ArrowDown : ArrowUp;
  return <Icon size={12} strokeWidth={2.25} aria-hidden />;
}

interface Answered {
  readonly answer: TableAnswer;
  readonly waiting: boolean;
  readonly failure: string;
}

/** The newest answer that has come; an older question's answer never takes the place of a newer one's. */
function useAnswer(head: TableHead, query: TableQuery, queryTable: TableProps["queryTable"]): Answered {
  const local = useMemo(() => localPage(head, query), [head, query]);
  const [remote, setRemote] = useState<{ key: string; answer: TableAnswer } | null>(null);
  const [failure, setFailure] = useState<{ key: string; sentence: string } | null>(null);
  const key = `${head.table} ${JSON.stringify(query)}`;
  useEffect(() => {
    if (local || !queryTable) return undefined;
    let current = true;
    void (async () => {
      try {
        const answer = await queryTable(head.table, query);
        if (current) setRemote({ key, answer });
      } catch (error) {
        if (current) setFailure({ key, sentence: error instanceof Error ? error.message : String(error) });
      }
    })();
    return () => {
      current = false;
    };
  }, [local, queryTable, head.table, query, key]);
  const found = local ?? (remote?.key === key ? remote.answer : null);
  const failed = failure?.key === key ? failure.sentence : "";
  const none =
    !local && !queryTable ? "Sorting and filtering a table this long needs a running session." : "";
  const first: TableAnswer = { ask: "table", rows: head.rows.slice(0, PAGE), total: head.total };
  const answer = found ?? remote?.answer ?? first;
  return { answer, waiting: !found && !failed && !none, failure: failed || none };
}

// --- on a phone: two lines a row, the sort as a control --------------------------------------------------

function PhoneSort(props: {
  readonly columns: readonly TableColumn[];
  readonly sort: string;
  readonly descending: boolean;
  readonly order: (column: TableColumn) => void;
}): ReactNode {
  const { columns, sort, descending, order } = props;
  const column = columns.find((one) => one.name === sort);
  return (
    <span className={styles.phoneSort}>
      {column && (
        <button
          type="button"
          aria-label={descending ? "Largest first; turn around" : "Smallest first; turn around"}
          onClick={() => order(column)}
        >
          <Arrow descending={descending} />
        </button>
      )}
      <select
        aria-label="Sort by"
        value={sort}
        onChange={(event) => {
          const chosen = columns.find((one) => one.name === event.target.value);
          if (chosen) order(chosen);
        }}
      >
        <option value="" disabled>
          Sort
        </option>
        {columns.map((one) => (
          <option key={one.name} value={one.name}>
            {one.name}
          </option>
        ))}
      </select>
    </span>
  );
}

function PhoneRow(props: {
  readonly row: Row;
  readonly columns: readonly TableColumn[];
  readonly places: readonly number[];
  readonly sort: string;
}): ReactNode {
  const { row, columns, places, sort } = props;
  const text = (at: number): string => {
    const column = columns[at];
    return column ? cellText(row[at], column, places[at] ?? 0) : "";
  };
  const every = columns.map((_, at) => at);
  const head = every.find((at) => columns[at]?.type !== "number") ?? 0;
  const rest = every.filter((at) => at !== head);
  // The sorted column is what the eye looks for; then the other numbers.
  const sorted = rest.filter((at) => columns[at]?.name === sort);
  const numbers = [...sorted, ...rest.filter((at) => columns[at]?.type === "number" && !sorted.includes(at))];
  const [main, second] = numbers;
  const others = rest.filter((at) => at !== main && at !== second);
  return (
    <li>
      <span className={styles.main}>{text(head)}</span>
      <span className={styles.figure}>{main === undefined ? "" : text(main)}</span>
      <span className={styles.minor}>
        {others
          .slice(0, 3)
          .map((at) => (columns[at]?.type === "number" ? `${text(at)} ${columns[at]?.name ?? ""}` : text(at)))
          .join(" · ")}
      </span>
      <span className={styles.second}>{second === undefined ? "" : text(second)}</span>
    </li>
  );
}
