// One cell on the app's page: its control or its output, and how up to date it is.
//
// Old output dims in place while a new one is computed and is never taken away before it is there. Before the first
// results a part keeps the room that it had last time.

import { Clock, Hourglass, LoaderCircle } from "lucide-react";
import { memo, useEffect, useRef, type CSSProperties, type ReactNode } from "react";

import { CellOutput, showsSomething } from "../cells/CellOutput";
import { InputControl } from "../cells/InputControl";
import { valueText } from "../core/inputs";
import { EMPTY_RUN } from "../core/room";
import { Avatar } from "../ui/Avatars";
import type { AppCell, CellRun, Element, Member } from "../wire";
import type { AppActions } from "./actions";
import { useLasting, useNow } from "./hooks";
import type { Heights } from "./heights";
import styles from "./Part.module.css";
import { secondsText } from "./state";

export interface PartProps {
  readonly cell: AppCell;
  readonly element: Element;
  readonly run: CellRun | undefined;
  readonly actions: AppActions;
  readonly heights: Heights;
  /** Nothing can be run again here. */
  readonly still: boolean;
  /** Results are on their way: an empty part keeps its place. */
  readonly expecting: boolean;
  /** The label of the part that this one waits for; "" = not known. */
  readonly waitsFor: string;
}

export const Part = memo(function Part(props: PartProps): ReactNode {
  const { cell, element, run = EMPTY_RUN, actions, heights, still, expecting, waitsFor } = props;
  const place = useRef<HTMLDivElement>(null);
  const outputs = run.outputs;
  const shows = showsSomething(outputs, element.show_prints);
  const pending = run.state === "running" || run.state === "queued";
  const remembered = heights.of(cell.id);
  // Code may show nothing at all; a place is kept only where something was, or is sure to come.
  const keeps =
    !shows && (pending || (expecting && run.state === "empty")) && (remembered > 0 || cell.type !== "python");
  const skipped = run.state === "skipped";

  useEffect(() => {
    const node = place.current;
    if (!node || !shows) return undefined;
    const observer = new ResizeObserver(() => heights.remember(cell.id, node.offsetHeight));
    observer.observe(node);
    return () => observer.disconnect();
  }, [shows, heights, cell.id]);

  return (
    <div
      className={styles.part}
      data-cell={cell.id}
      data-cell-state={run.state}
      data-void={(!shows && !keeps && !skipped && !cell.source) || undefined}
      aria-busy={pending || undefined}
      style={element.height === null ? undefined : { height: element.height, overflow: "auto" }}
    >
      {element.show_source && cell.source && <pre className={styles.source}>{cell.source}</pre>}
      {shows && (
        <div ref={place} className={styles.output}>
          <CellOutput
            cell={cell.id}
            label={cell.type === "python" || cell.type === "markdown" ? "" : cell.label}
            outputs={outputs}
            prints={element.show_prints}
            queryTable={actions.queryTable}
            downloadTable={actions.downloadTable}
            {...(still ? {} : { onRetry: actions.runAll })}
            height={element.height}
            remembered={remembered}
          />
        </div>
      )}
      {keeps && <Skeleton cell={cell} height={element.height ?? remembered} />}
      {skipped && !shows && (
        <p className={styles.skipped}>
          <Hourglass size={14} aria-hidden /> Waits for {waitsFor || "another part of this app"}
        </p>
      )}
      {pending && shows && <Working run={run} />}
    </div>
  );
});

const USUAL: Readonly<Record<AppCell["type"], number>> = {
  value: 84,
  chart: 284,
  table: 440,
  sql: 440,
  markdown: 24,
  python: 120,
  input: 56,
};

function Skeleton({ cell, height }: { readonly cell: AppCell; readonly height: number }): ReactNode {
  const heading = cell.label && cell.type !== "python" && cell.type !== "markdown" ? cell.label : "";
  return (
    <div className={styles.skeleton} data-type={cell.type} style={{ height: height || USUAL[cell.type] }}>
      {heading && <span>{heading}</span>}
      <div />
    </div>
  );
}

/** What takes longer than a blink says so, and for how long. */
function Working({ run }: { readonly run: CellRun }): ReactNode {
  const running = run.state === "running";
  const lasting = useLasting(running, 300);
  const now = useNow(100, lasting);
  if (!lasting) return null;
  const since = Date.parse(run.at);
  return (
    <span className={styles.working}>
      <LoaderCircle size={14} aria-hidden />
      {Number.isFinite(since) && now - since > 2_000 ? secondsText((now - since) / 1000) : ""}
    </span>
  );
}

export interface InputPartProps {
  readonly cell: AppCell;
  readonly run: CellRun | undefined;
  readonly value: unknown;
  readonly waiting: boolean;
  readonly refusal: string;
  /** Its value waits for the connection. */
  readonly unsent: boolean;
  /** Somebody else who set it a moment ago. */
  readonly setBy: Pick<Member, "name" | "color"> | null;
  readonly disabled: boolean;
  readonly actions: AppActions;
}

/** An input on the page: a part like the others, with a control for its content. */
export const InputPart = memo(
  function InputPart(props: InputPartProps): ReactNode {
    const { cell, run, value, waiting, refusal, unsent, setBy, disabled, actions } = props;
    const { input } = cell;
    if (!input) return null;
    return (
      <div
        className={styles.part}
        data-cell={cell.id}
        data-cell-state={run?.state ?? "done"}
        data-set-by={setBy ? true : undefined}
        style={
          setBy ? ({ "--who": `var(--who-${1 + ((setBy.color + 3) % 4)})` } as CSSProperties) : undefined
        }
      >
        <InputControl
          input={input}
          label={cell.label}
          value={value}
          run={run}
          waiting={waiting}
          refusal={refusal}
          disabled={disabled}
          upload={actions.upload}
          onChange={actions.setInput}
          onPress={actions.press}
        />
        {unsent && (
          <p className={styles.beside}>
            <Clock size={14} aria-hidden /> not sent yet
          </p>
        )}
        <output>
          {setBy && (
            <p className={styles.beside}>
              <Avatar name={setBy.name} color={setBy.color} small />
              <span>
                {setBy.name} set {cell.label || input.name}
                {isShort(input.kind) && ` to ${valueText(input, value)}`}
              </span>
            </p>
          )}
        </output>
      </div>
    );
  },
  // Who set it is looked up anew for each frame; the same person is the same line.
  (a, b) =>
    a.cell === b.cell &&
    a.run === b.run &&
    a.value === b.value &&
    a.waiting === b.waiting &&
    a.refusal === b.refusal &&
    a.unsent === b.unsent &&
    a.setBy?.name === b.setBy?.name &&
    a.setBy?.color === b.setBy?.color &&
    a.disabled === b.disabled &&
    a.actions === b.actions,
);

/** Whether a value of this kind reads well in a line. */
function isShort(kind: string): boolean {
  return kind !== "file" && kind !== "table" && kind !== "button";
}
