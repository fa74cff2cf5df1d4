// What differs, as a person reads it before publishing: a list of what changed, and each change with its text side by
// side. In a narrow place the list goes and the two columns become one.

import type { UseQueryResult } from "@tanstack/react-query";
import { Fragment, memo, useId, useMemo, useRef, useState, type ReactNode } from "react";

import { ApiError } from "../net/api";
import { sizeText } from "../logic/forms/accept";
import { TYPE_ICONS } from "../logic/cells";
import { Button } from "../ui/Button";
import { Icon, type IconName } from "../ui/Icon";
import { Spinner } from "../ui/Spinner";
import { Banner } from "../ui/State";
import type {
  CellDifference,
  DifferenceBody,
  FieldDifference,
  Hunk,
  OutputDifference,
  TextDifference,
} from "../wire";
import {
  fileWords,
  folded,
  layoutWords,
  moveWords,
  NOTHING,
  onlyOutputs,
  outputWords,
  pieces,
  sideName,
  type Change,
  type Compared,
} from "./difference";
import styles from "./Changes.module.css";
import { Outputs } from "./Outputs";
import { useSeen } from "./useSeen";

export interface ChangesProps {
  readonly query: UseQueryResult<DifferenceBody>;
  readonly compared: Compared;
  /** Which outputs differ by now, where that is known better than in the answer of the query. */
  readonly outputs?: DifferenceBody["outputs"];
  /** Over the later side, where it is neither a version nor the draft: "This preview". */
  readonly later?: string | undefined;
  /** Cell id → name, for cells of which only the output differs. */
  readonly nameOf: (cell: string) => string;
}

export function Changes({ query, compared, outputs = null, later, nameOf }: ChangesProps) {
  const { data, error, isFetching, refetch } = query;
  const body = useMemo(() => (data && outputs ? { ...data, outputs } : data), [data, outputs]);
  if (body)
    return (
      <div className={styles.place}>
        <Difference body={body} compared={compared} later={later} nameOf={nameOf} />
      </div>
    );
  if (error && !isFetching)
    return (
      <div className={styles.trouble}>
        <Banner
          tone="error"
          icon="error"
          action={
            <Button small onPress={() => void refetch()}>
              Try again
            </Button>
          }
        >
          The changes could not be shown. {error.message} {error instanceof ApiError ? error.hint : ""}
        </Banner>
      </div>
    );
  return (
    <p className={styles.same}>
      <Spinner /> Comparing
    </p>
  );
}

interface Sides {
  readonly before: string;
  readonly after: string;
  readonly compared: Compared;
}

interface Item {
  readonly key: string;
  readonly icon: IconName;
  readonly name: string;
  readonly kind: Change | "output";
  readonly body: ReactNode;
  /** About how high the body is, in pixels. */
  readonly height?: number;
  /** Beside the name: "+3 −2". */
  readonly aside?: ReactNode;
}

interface Group {
  readonly name: string;
  readonly items: readonly Item[];
  /** "6 without change"; "" = nothing to say. */
  readonly rest: string;
}

/** Drawn again only where the difference is another: a run beside it reports many times a second. */
const Difference = memo(function Difference({
  body,
  compared,
  later,
  nameOf,
}: Omit<ChangesProps, "query" | "outputs"> & { readonly body: DifferenceBody }) {
  const base = useId();
  const sides: Sides = { before: sideName(body.from), after: later ?? sideName(body.to), compared };
  const groups = groupsOf(body, sides, nameOf);
  if (groups.every(({ items }) => items.length === 0))
    return (
      <p className={styles.same}>
        <Icon name="check" /> {sides.before} and {inside(sides.after)} are the same.
      </p>
    );
  const shown = groups.filter(({ items }) => items.length > 0);
  const same = groups.filter(({ items }) => items.length === 0).map(({ name }) => name);
  return (
    <div className={styles.changes}>
      <nav className={styles.list} aria-label="Changes">
        {shown.map((group) => (
          <Fragment key={group.name}>
            <h3 className={styles.groupName}>{group.name}</h3>
            <ul>
              {group.items.map((item) => (
                <li key={item.key}>
                  <a
                    className={styles.link}
                    href={`#${base}${item.key}`}
                    onClick={(event) => {
                      event.preventDefault();
                      const target = document.getElementById(base + item.key);
                      target?.scrollIntoView({ block: "start" });
                      target?.focus({ preventScroll: true });
                    }}
                  >
                    <Icon name={item.icon} small />
                    <span className={styles.linkName}>{item.name}</span>
                    <KindMark kind={item.kind} />
                  </a>
                </li>
              ))}
              {group.rest && <li className={styles.rest}>{group.rest}</li>}
            </ul>
          </Fragment>
        ))}
        {same.length > 0 && (
          <>
            <h3 className={styles.groupName}>{same.join(", ")}</h3>
            <p className={styles.rest}>
              <Icon name="check" small /> without change
            </p>
          </>
        )}
      </nav>
      <div className={styles.items}>
        {shown.map((group) => (
          <section key={group.name} className={styles.group} aria-label={group.name}>
            <h3 className={styles.groupTitle}>{group.name}</h3>
            {group.items.map((item) => (
              <article
                key={item.key}
                id={base + item.key}
                className={styles.item}
                tabIndex={-1}
                aria-label={`${item.name}, ${item.kind === "output" ? "output differs" : item.kind}`}
              >
                <header className={styles.head}>
                  <Icon name={item.icon} small />
                  <h4 className={styles.name}>{item.name}</h4>
                  <KindMark kind={item.kind} />
                  <span className={styles.grow} />
                  {item.aside}
                </header>
                <Body item={item} />
              </article>
            ))}
          </section>
        ))}
      </div>
    </div>
  );
});

/** What changed, drawn when it comes near: hundreds of changes cost what is looked at. */
function Body({ item }: { readonly item: Item }) {
  const place = useRef<HTMLDivElement>(null);
  const seen = useSeen(place);
  if (seen) return item.body;
  return <div ref={place} style={{ height: item.height ?? 60 }} />;
}

/** A side's name inside a sentence. */
function inside(side: string): string {
  return side === "Draft" ? "the draft" : side.charAt(0).toLowerCase() + side.slice(1);
}

function KindMark({ kind }: { readonly kind: Item["kind"] }) {
  return (
    <span className={`${styles.kind} ${styles[kind]}`}>{kind === "output" ? "output differs" : kind}</span>
  );
}

function groupsOf(body: DifferenceBody, sides: Sides, nameOf: (cell: string) => string): readonly Group[] {
  const { difference, outputs } = body;
  const cell = (one: CellDifference): Item => ({
    key: `cell-${one.id}`,
    icon: TYPE_ICONS[one.type],
    name: one.name,
    kind: one.kind,
    ...(one.text ? { aside: <Counts text={one.text} />, height: 34 + 20 * one.text.hunks.length } : {}),
    body: <CellChange cell={one} sides={sides} output={outputs?.[one.id] ?? null} />,
  });
  const rest = (count: number): string => (count > 0 ? `${count} without change` : "");
  return [
    {
      name: "Cells",
      items: [
        ...difference.cells.map(cell),
        ...onlyOutputs(body).map((id): Item => ({
          key: `output-${id}`,
          icon: "table",
          name: nameOf(id),
          kind: "output",
          body: <OutputChange cell={id} output={outputs?.[id] ?? null} sides={sides} />,
        })),
      ],
      rest: rest(difference.unchanged_cells),
    },
    { name: "Inputs", items: difference.inputs.map(cell), rest: rest(difference.unchanged_inputs) },
    {
      name: "Layout",
      items: difference.layout.map((one, at): Item => {
        const { kind, name, more } = layoutWords(one, nameOf);
        return {
          key: `layout-${at}`,
          icon: "list",
          name,
          kind,
          body: more && <p className={styles.says}>{more}</p>,
        };
      }),
      rest: "",
    },
    {
      name: "Settings",
      items: difference.settings.map((one): Item => ({
        key: `setting-${one.name}`,
        icon: "settings",
        name: one.words,
        kind: one.before === null ? "added" : one.after === null ? "removed" : "changed",
        body: <Fields fields={[one]} sides={sides} named={false} />,
      })),
      rest: "",
    },
    {
      name: "Packages",
      items: difference.packages.map((one): Item => ({
        key: `package-${one.name}`,
        icon: "plus",
        name: one.name,
        kind: one.kind,
        body: (
          <p className={styles.says}>
            {one.before && one.after ? (
              <>
                <code>{one.before}</code> → <code>{one.after}</code>
              </>
            ) : (
              <code>{one.after || one.before}</code>
            )}
          </p>
        ),
      })),
      rest: "",
    },
    {
      name: "Files",
      items: difference.files.map((one): Item => ({
        key: `file-${one.name}`,
        icon: "table",
        name: one.name,
        kind: one.kind,
        body: <p className={styles.says}>{fileWords(one, sizeText)}</p>,
      })),
      rest: "",
    },
  ];
}

function CellChange({
  cell,
  sides,
  output,
}: {
  readonly cell: CellDifference;
  readonly sides: Sides;
  readonly output: OutputDifference | null;
}) {
  const went = moveWords(cell);
  return (
    <>
      {went && (
        <p className={styles.says}>
          {cell.kind === "changed" ? "Moved " : ""}
          {went}
        </p>
      )}
      {cell.text && <Text text={cell.text} sides={sides} whole={wholeOf(cell.kind)} />}
      {cell.fields.length > 0 && <Fields fields={cell.fields} sides={sides} />}
      {(cell.kind === "changed" || cell.kind === "moved") && output && output.kind !== "same" && (
        <>
          <p className={styles.outputHead}>
            Output
            {output.kind === "differs" && <span className={`${styles.kind} ${styles.output}`}>differs</span>}
          </p>
          <OutputChange cell={cell.id} output={output} sides={sides} />
        </>
      )}
    </>
  );
}

function OutputChange({
  cell,
  output,
  sides,
}: {
  readonly cell: string;
  readonly output: OutputDifference | null;
  readonly sides: Sides;
}) {
  return (
    <>
      <p className={styles.says}>{output ? outputWords(output) : ""}</p>
      <Outputs compared={sides.compared} cell={cell} before={sides.before} after={sides.after} />
    </>
  );
}

function wholeOf(kind: Change): "added" | "removed" | null {
  return kind === "added" || kind === "removed" ? kind : null;
}

function Counts({ text }: { readonly text: TextDifference }) {
  return (
    <span className={styles.counts}>
      {text.added > 0 && (
        <span className={styles.plus} title={`${text.added} lines added or changed`}>
          +{text.added}
        </span>
      )}
      {text.removed > 0 && (
        <span className={styles.minus} title={`${text.removed} lines removed or changed`}>
          −{text.removed}
        </span>
      )}
    </span>
  );
}

/** Two texts side by side. `whole`: the thing itself came or went, so that the other side has nothing. */
function Text({
  text,
  sides,
  whole = null,
}: {
  readonly text: TextDifference;
  readonly sides: Sides;
  readonly whole?: "added" | "removed" | null;
}) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const stretches = folded(text.hunks);
  const absent = (side: string) => (
    <td className={styles.absent} colSpan={2} rowSpan={text.hunks.length}>
      {side === NOTHING ? side : `Not in ${inside(side)}`}
    </td>
  );
  return (
    <>
      <table className={styles.text}>
        <colgroup>
          <col className={styles.numbers} />
          <col />
          <col className={styles.numbers} />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th colSpan={2}>{sides.before}</th>
            <th colSpan={2}>{sides.after}</th>
          </tr>
        </thead>
        <tbody>
          {stretches.map((stretch, at) =>
            stretch.fold && !open.has(at) ? (
              // oxlint-disable-next-line react/no-array-index-key
              <tr key={`fold ${at}`} className={styles.fold}>
                <td colSpan={4}>
                  <button type="button" onClick={() => setOpen(new Set([...open, at]))}>
                    {stretch.hunks.length} lines without change
                  </button>
                </td>
              </tr>
            ) : (
              stretch.hunks.map((hunk) => {
                const first = hunk === text.hunks[0];
                return (
                  <tr key={`${hunk.before_line} ${hunk.after_line}`} data-line={hunk.kind}>
                    {whole === "added" ? first && absent(sides.before) : <Before hunk={hunk} />}
                    {whole === "removed" ? first && absent(sides.after) : <After hunk={hunk} />}
                  </tr>
                );
              })
            ),
          )}
        </tbody>
      </table>
      {text.note && <p className={styles.says}>{text.note}</p>}
    </>
  );
}

function Before({ hunk }: { readonly hunk: Hunk }) {
  if (hunk.before_line === null)
    return <td className={styles.hatched} colSpan={2} aria-label="No such line" />;
  return (
    <>
      <td className={`${styles.number} ${styles.old}`}>{hunk.before_line}</td>
      <td className={`${styles.line} ${styles.old}`}>
        {hunk.kind === "same" ? (
          hunk.before
        ) : (
          <del>
            {pieces(hunk.before, hunk.before_ranges).map((piece) =>
              piece.differs ? <mark key={piece.at}>{piece.text}</mark> : piece.text,
            )}
          </del>
        )}
      </td>
    </>
  );
}

function After({ hunk }: { readonly hunk: Hunk }) {
  if (hunk.after_line === null)
    return <td className={styles.hatched} colSpan={2} aria-label="No such line" />;
  return (
    <>
      <td className={`${styles.number} ${styles.new}`}>{hunk.after_line}</td>
      <td className={`${styles.line} ${styles.new}`}>
        {hunk.kind === "same" ? (
          hunk.after
        ) : (
          <ins>
            {pieces(hunk.after, hunk.after_ranges).map((piece) =>
              piece.differs ? <mark key={piece.at}>{piece.text}</mark> : piece.text,
            )}
          </ins>
        )}
      </td>
    </>
  );
}

/** Settings, earlier and later. */
function Fields({
  fields,
  sides,
  named = true,
}: {
  readonly fields: readonly FieldDifference[];
  readonly sides: Sides;
  /** False: their names stand above. */
  readonly named?: boolean;
}) {
  const plain = fields.filter(({ text }) => !text);
  return (
    <>
      {plain.length > 0 && (
        <dl className={styles.fields}>
          {plain.map((field) => (
            <div key={field.name} className={styles.field}>
              <dt className={named ? undefined : styles.hidden}>{field.words}</dt>
              <dd>
                <Value field={field} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {fields.map(
        (field) =>
          field.text && (
            <Fragment key={field.name}>
              {named && <p className={styles.says}>{field.words}</p>}
              <Text text={field.text} sides={sides} />
            </Fragment>
          ),
      )}
    </>
  );
}

function Value({ field }: { readonly field: FieldDifference }) {
  if (field.before !== null && field.after !== null && field.added.length + field.removed.length > 0)
    return (
      <>
        {field.removed.map((one) => (
          <del key={`- ${one}`} className={styles.oldValue}>
            {one}
          </del>
        ))}
        {field.added.map((one) => (
          <ins key={`+ ${one}`} className={styles.newValue}>
            {one}
          </ins>
        ))}
      </>
    );
  return (
    <>
      {field.before !== null && <del className={styles.oldValue}>{field.before || "empty"}</del>}
      {field.before !== null && field.after !== null && <span aria-hidden="true">→</span>}
      {field.after !== null && <ins className={styles.newValue}>{field.after || "empty"}</ins>}
    </>
  );
}
