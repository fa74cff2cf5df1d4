// One cell of the notebook: number and rail, one head line, its text or control or form, and what it shows.

import { memo, useEffect, useState, type ReactNode } from "react";

import { CellOutput, showsSomething } from "../cells/CellOutput";
import { InputControl } from "../cells/InputControl";
import { Markdown } from "../cells/outputs/Markdown";
import { Button, IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { Kbd } from "../ui/Kbd";
import { Menu, MenuItem, MenuSeparator } from "../ui/Menu";
import { StateMark } from "../ui/State";
import { Clock } from "../ui/Ago";
import type { Cell, CellRun, ErrorOutput, TableAnswer, TableQuery } from "../wire";
import { isSource, KIND_NAMES, nameOf, resultOf, seconds, TYPE_ICONS, TYPE_NAMES } from "./cells";
import styles from "./CellView.module.css";
import { CellFailure } from "./CellFailure";
import { ChartForm, SqlForm, TableForm, ValueForm } from "./forms/CellForms";
import { InputForm } from "./forms/InputForm";
import { elementId, useNotebook } from "./notebook";
import { SourceEditor } from "./SourceEditor";

export interface CellViewProps {
  readonly cell: Cell;
  readonly index: number;
  readonly run: CellRun;
  readonly selected: boolean;
  readonly editing: boolean;
  readonly canEdit: boolean;
  /** Of an input: what it holds. */
  readonly value: unknown;
  readonly refusal: string;
  /** Of a run button: its press waits or runs. */
  readonly waiting: boolean;
  /** The tab of the app that shows it; "" = the app's only one; null = not in the app. */
  readonly tab: string | null;
  /** Of a skipped cell: the cell that it waits for. */
  readonly waitsFor: { readonly id: string; readonly name: string; readonly number: number } | null;
  readonly queryTable: (cell: string, table: string, query: TableQuery) => Promise<TableAnswer>;
}

export const CellView = memo(function CellView(props: CellViewProps): ReactNode {
  const { cell, index, run, selected, editing, canEdit } = props;
  const notebook = useNotebook();
  const [renaming, setRenaming] = useState(false);
  const [settings, setSettings] = useState(
    () => incomplete(cell) || (cell.type === "input" && notebook.isNew(cell.id)),
  );
  const name = nameOf(cell, index);
  const result = resultOf(cell);
  const rail = selected
    ? styles.selected
    : run.state === "error"
      ? styles.failed
      : run.state === "stale"
        ? styles.stale
        : "";
  return (
    // A click on a cell selects it, as moving there by keys does.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      id={elementId(cell.id)}
      className={`${styles.cell} ${rail}`}
      aria-label={`Cell ${index + 1}, ${TYPE_NAMES[cell.type]}${cell.label ? `, ${cell.label}` : ""}`}
      data-cell={cell.id}
      data-cell-state={run.state}
      // The selected cell takes the keys of command mode; the others are reached by arrows.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={selected ? 0 : -1}
      onPointerDown={(event) => {
        if (
          !(event.target instanceof Element) ||
          event.target.closest("button, a, input, textarea, select, .cm-editor")
        )
          return;
        notebook.select(cell.id);
      }}
      onFocus={(event) => {
        if (event.target === event.currentTarget) notebook.select(cell.id);
        else if (!selected) notebook.select(cell.id, true);
      }}
    >
      <span className={styles.number} aria-hidden="true">
        {index + 1}
      </span>
      <div className={styles.head}>
        <Icon name={TYPE_ICONS[cell.type]} small />
        <span className={styles.type}>{TYPE_NAMES[cell.type]}</span>
        {renaming ? (
          <NameField
            name={cell.label}
            onDone={(label) => {
              setRenaming(false);
              if (label !== null && label !== cell.label) void notebook.configure({ ...cell, label });
              notebook.focus(cell.id);
            }}
          />
        ) : (
          cell.label && (
            <button
              type="button"
              className={styles.name}
              disabled={!canEdit}
              onClick={() => setRenaming(true)}
              title={canEdit ? "Rename" : undefined}
            >
              {cell.label}
            </button>
          )
        )}
        {result && <span className={styles.result}>→ {result}</span>}
        <span className={styles.grow} />
        {canEdit && <Tools cell={cell} settings={settings} onSettings={setSettings} />}
        {cell.type !== "input" && !(cell.type === "markdown" && run.state === "done") && (
          <RunState run={run} />
        )}
        {canEdit && <CellMenu cell={cell} onRename={setRenaming} />}
      </div>
      <Body {...props} name={name} settings={settings && canEdit} />
      <Shown {...props} />
      {editing && cell.type === "markdown" && canEdit && (
        <p className={styles.foot}>
          <Kbd>⇧ ↵</Kbd> shows it as text
        </p>
      )}
    </section>
  );
});

/** What one writes or sets. */
function Body(props: CellViewProps & { readonly name: string; readonly settings: boolean }): ReactNode {
  const { cell, run, editing, canEdit, name, settings, value, refusal, waiting, tab } = props;
  const notebook = useNotebook();
  switch (cell.type) {
    case "python":
      return (
        <SourceEditor cell={cell} label={`Code of ${name}`} faultLine={faultOf(run)} autoFocus={editing} />
      );
    case "sql":
      return (
        <>
          {settings && <SqlForm cell={cell} />}
          <SourceEditor cell={cell} label={`Code of ${name}`} faultLine={faultOf(run)} autoFocus={editing} />
        </>
      );
    case "markdown":
      return editing && canEdit ? (
        <SourceEditor cell={cell} label={`Text of ${name}`} faultLine={0} autoFocus />
      ) : (
        <Rendered {...props} cell={cell} />
      );
    case "input":
      return (
        <>
          <div className={styles.control}>
            <InputControl
              input={cell.input}
              label={cell.label}
              value={value}
              run={run}
              waiting={waiting}
              refusal={refusal}
              disabled={!canEdit}
              upload={notebook.upload}
              onChange={(input, next) => notebook.connection.setInput(input, next)}
              onPress={(input) => notebook.do({ do: "press", name: input })}
            />
            <p className={styles.about}>
              {KIND_NAMES[cell.input.kind]}
              {cell.input.kind === "slider" && `, step ${cell.input.step}`}.
              <br />
              {tab === null ? "Not in the app." : tab ? <>In the app on {tab}.</> : "In the app."}
            </p>
          </div>
          {settings && <InputForm cell={cell} />}
        </>
      );
    case "chart":
      return settings || cell.dataframe === "" ? canEdit && <ChartForm cell={cell} /> : null;
    case "table":
      return settings || cell.dataframe === "" ? canEdit && <TableForm cell={cell} /> : null;
    case "value":
      return settings || cell.value === "" ? canEdit && <ValueForm cell={cell} /> : null;
    default:
      return never(cell);
  }
}

/** Markdown as it reads: what the kernel made of it, else the text itself. */
function Rendered({
  cell,
  run,
  canEdit,
}: CellViewProps & { readonly cell: Extract<Cell, { type: "markdown" }> }) {
  const notebook = useNotebook();
  const source = notebook.texts.get(cell.id)?.source ?? cell.source;
  const made = run.state !== "empty" && run.outputs.length > 0 && run.state !== "stale";
  if (made && run.state !== "error") return <CellOutput cell={cell.id} label="" outputs={run.outputs} />;
  return (
    // Double click is a shortcut; Enter on the cell is the keyboard's way.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className={styles.rendered} onDoubleClick={() => canEdit && notebook.focus(cell.id, true)}>
      {source.trim() ? (
        <Markdown text={source} />
      ) : (
        <p className={styles.hint}>Empty. Press Enter to write.</p>
      )}
    </div>
  );
}

/** What the last execution left, and why it may not be up to date. */
function Shown({ cell, run, canEdit, waitsFor, queryTable }: CellViewProps): ReactNode {
  const notebook = useNotebook();
  if (cell.type === "input") return null;
  const outputs =
    cell.type === "markdown" ? run.outputs.filter((output) => output.output === "error") : run.outputs;
  if (run.state === "skipped") {
    return (
      <div className={styles.skipped}>
        <Icon name="skip" />
        <span>
          {waitsFor ? (
            <>
              Skipped: waits for cell {waitsFor.number},{" "}
              <a
                href={`#${elementId(waitsFor.id)}`}
                onClick={(event) => {
                  event.preventDefault();
                  notebook.focus(waitsFor.id);
                }}
              >
                {waitsFor.name}
              </a>
            </>
          ) : (
            "Skipped: a cell that it needs failed."
          )}
        </span>
      </div>
    );
  }
  const plain = outputs.filter((output) => output.output !== "error");
  const errors = outputs.filter((output): output is ErrorOutput => output.output === "error");
  const old = run.state === "stale" || run.state === "running" || run.state === "queued";
  return (
    <>
      {showsSomething(plain, true) && (
        <div className={`${styles.output} ${old ? styles.old : ""}`}>
          <CellOutput
            cell={cell.id}
            label=""
            outputs={plain}
            queryTable={queryTable}
            downloadTable={notebook.downloadTable}
          />
        </div>
      )}
      {errors.map((error, at) => (
        // oxlint-disable-next-line react/no-array-index-key
        <CellFailure key={at} error={error} cell={cell} old={old} />
      ))}
      {run.state === "stale" && cell.type !== "markdown" && (
        <p className={styles.foot}>
          <span className={styles.staleIcon}>
            <Icon name="clock" small />
          </span>
          <span className={styles.grow}>
            {run.at ? (
              <>
                From <Clock at={run.at} />, before a change here or above
              </>
            ) : (
              "Changed since it ran"
            )}
          </span>
          {canEdit && (
            <Button small icon="play" onPress={() => notebook.run(cell.id)}>
              Run <Kbd>⇧ ↵</Kbd>
            </Button>
          )}
        </p>
      )}
    </>
  );
}

function RunState({ run }: { readonly run: CellRun }): ReactNode {
  switch (run.state) {
    case "done":
      return (
        <StateMark tone="ok" shape="check">
          {run.elapsed === null ? "done" : seconds(run.elapsed)}
        </StateMark>
      );
    case "running":
      return (
        <StateMark tone="accent" shape="spinner">
          <Elapsed since={run.at} />
        </StateMark>
      );
    case "queued":
      return (
        <StateMark tone="muted" shape="ring-dot">
          queued
        </StateMark>
      );
    case "stale":
      return (
        <StateMark tone="warn" shape="dot">
          stale
        </StateMark>
      );
    case "error":
      return (
        <StateMark tone="error" shape="error">
          {run.elapsed === null ? "failed" : `failed after ${seconds(run.elapsed)}`}
        </StateMark>
      );
    case "skipped":
      return (
        <StateMark tone="muted" shape="skip">
          skipped
        </StateMark>
      );
    case "empty":
      return null;
    default:
      return never(run.state);
  }
}

/** Seconds that count up. */
export function Elapsed({ since }: { readonly since: string }): ReactNode {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 200);
    return () => clearInterval(timer);
  }, []);
  const started = Date.parse(since);
  return Number.isNaN(started) ? "running" : `${(Math.max(0, now - started) / 1000).toFixed(1)} s`;
}

/** What one does most, shown where one looks. */
const Tools = memo(function Tools({
  cell,
  settings,
  onSettings,
}: {
  readonly cell: Cell;
  readonly settings: boolean;
  readonly onSettings: (open: boolean) => void;
}) {
  const notebook = useNotebook();
  return (
    <span className={styles.tools}>
      {cell.type !== "input" && (
        <IconButton label="Run cell" icon="play" small onPress={() => notebook.run(cell.id)} />
      )}
      {cell.type !== "python" && cell.type !== "markdown" && (
        <IconButton
          label="Settings"
          icon="settings"
          small
          chosen={settings}
          aria-expanded={settings}
          onPress={() => onSettings(!settings)}
        />
      )}
    </span>
  );
});

/** The rest. A cell's state changes far more often than what one can do with it. */
const CellMenu = memo(function CellMenu({
  cell,
  onRename,
}: {
  readonly cell: Cell;
  readonly onRename: (renaming: boolean) => void;
}) {
  const notebook = useNotebook();
  const { id } = cell;
  return (
    <Menu label="Cell" button={<IconButton label="More" icon="dots" small />}>
      {cell.type !== "input" && (
        <>
          <MenuItem icon="play" keys="⇧ ↵" onAction={() => notebook.run(id)}>
            Run cell
          </MenuItem>
          <MenuItem onAction={() => notebook.run(id, true)}>Run this cell only</MenuItem>
          <MenuSeparator />
        </>
      )}
      <MenuItem onAction={() => onRename(true)}>Rename</MenuItem>
      <MenuItem keys="C" icon="copy" onAction={() => notebook.duplicate(id)}>
        Duplicate
      </MenuItem>
      <MenuItem icon="up" onAction={() => notebook.move(id, "up")}>
        Move up
      </MenuItem>
      <MenuItem icon="down" onAction={() => notebook.move(id, "down")}>
        Move down
      </MenuItem>
      {isSource(cell) && (
        <>
          <MenuSeparator />
          {cell.type !== "python" && (
            <MenuItem icon="python" keys="Y" onAction={() => notebook.changeType(id, "python")}>
              Make it Python
            </MenuItem>
          )}
          {cell.type !== "markdown" && (
            <MenuItem icon="markdown" keys="M" onAction={() => notebook.changeType(id, "markdown")}>
              Make it Markdown
            </MenuItem>
          )}
          {cell.type !== "sql" && (
            <MenuItem icon="sql" keys="S" onAction={() => notebook.changeType(id, "sql")}>
              Make it SQL
            </MenuItem>
          )}
        </>
      )}
      <MenuSeparator />
      {cell.type !== "input" && (
        <MenuItem onAction={() => notebook.do({ do: "clear_outputs", cells: [id] })}>Clear output</MenuItem>
      )}
      <MenuItem icon="trash" keys="D D" danger onAction={() => notebook.delete(id)}>
        Delete
      </MenuItem>
    </Menu>
  );
});

function NameField({
  name,
  onDone,
}: {
  readonly name: string;
  readonly onDone: (name: string | null) => void;
}) {
  const [text, setText] = useState(name);
  return (
    <input
      className={styles.nameField}
      aria-label="Name of the cell"
      value={text}
      maxLength={200}
      autoFocus
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => onDone(text.trim())}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        else if (event.key === "Escape") onDone(null);
        event.stopPropagation();
      }}
    />
  );
}

function incomplete(cell: Cell): boolean {
  if (cell.type === "chart" || cell.type === "table") return cell.dataframe === "";
  return cell.type === "value" && cell.value === "";
}

function faultOf(run: CellRun): number {
  if (run.state !== "error") return 0;
  const error = run.outputs.findLast((output) => output.output === "error");
  return error?.line ?? 0;
}

function never(value: never): never {
  throw new Error(`A cell of an unknown kind: ${JSON.stringify(value)}`);
}
