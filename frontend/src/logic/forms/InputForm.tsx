// The settings of an input: what it is called, what it takes, what it holds before anybody touches it.

import { useSyncExternalStore } from "react";

import { useNotebook } from "../notebook";
import { INPUT_KINDS, KIND_NAMES, withKind } from "../cells";
import { Select, Switch } from "../../ui/Field";
import type { FileInput, FileRef, Input, InputCell } from "../../wire";
import { bytes, megabytes, readEndings } from "./accept";
import { DateFields } from "./DateFields";
import { CommitField, NumberCommitField } from "./fields";
import styles from "./forms.module.css";
import { ChoiceFields } from "./OptionsEditor";
import { TableFields } from "./TableFields";

export function InputForm({ cell }: { readonly cell: InputCell }) {
  const notebook = useNotebook();
  const { input } = cell;
  const change = (next: Input): Promise<string> => notebook.configure({ ...cell, input: next });
  return (
    <div className={styles.form} data-form>
      <CommitField
        label="Label"
        value={cell.label}
        placeholder={input.name}
        onCommit={(label) => notebook.configure({ ...cell, label })}
      />
      <CommitField
        label="Name in code"
        mono
        value={input.name}
        hint="Its uses are renamed too."
        onCommit={(name) => notebook.rename(cell, name.trim())}
      />
      <Select
        label="Kind"
        options={INPUT_KINDS.map((id) => ({ id, name: KIND_NAMES[id] }))}
        selected={input.kind}
        onSelect={(kind) => void change(withKind(input, kind))}
      />
      <KindFields input={input} change={change} />
      <div className={styles.switches}>
        {"optional" in input && (
          <Switch isSelected={input.optional} onChange={(optional) => void change({ ...input, optional })}>
            May be empty
          </Switch>
        )}
        <Switch isSelected={!input.in_links} onChange={(kept) => void change({ ...input, in_links: !kept })}>
          Not in links
        </Switch>
        <Switch isSelected={input.settable} onChange={(settable) => void change({ ...input, settable })}>
          Settable without being shown
        </Switch>
      </div>
    </div>
  );
}

function KindFields({
  input,
  change,
}: {
  readonly input: Input;
  readonly change: (next: Input) => Promise<string>;
}) {
  switch (input.kind) {
    case "text":
      return (
        <>
          <CommitField
            label="Default"
            value={String(input.default ?? "")}
            onCommit={(text) => change({ ...input, default: text })}
          />
          <CommitField
            label="Placeholder"
            value={input.placeholder}
            onCommit={(placeholder) => change({ ...input, placeholder })}
          />
          <Switch isSelected={input.multiline} onChange={(multiline) => void change({ ...input, multiline })}>
            Several lines
          </Switch>
        </>
      );
    case "number":
      return (
        <>
          <NumberCommitField
            label="Default"
            optional={input.optional}
            value={numberOf(input.default)}
            onCommit={(value) => change({ ...input, default: value })}
          />
          <NumberCommitField
            label="Least"
            optional
            value={input.min}
            onCommit={(min) => change({ ...input, min })}
          />
          <NumberCommitField
            label="Most"
            optional
            value={input.max}
            onCommit={(max) => change({ ...input, max })}
          />
          <NumberCommitField
            label="Step"
            optional
            value={input.step}
            onCommit={(step) => change({ ...input, step })}
          />
          <Select
            label="Format"
            options={[
              { id: "plain", name: "Plain" },
              { id: "percent", name: "Percent" },
              { id: "currency", name: "Currency" },
            ]}
            selected={input.format}
            onSelect={(format) => void change({ ...input, format })}
          />
        </>
      );
    case "slider":
      return (
        <>
          <NumberCommitField
            label="Default"
            value={numberOf(input.default)}
            onCommit={(value) => change({ ...input, default: value })}
          />
          <NumberCommitField
            label="Least"
            value={input.min}
            onCommit={(min) => change({ ...input, min: min ?? 0 })}
          />
          <NumberCommitField
            label="Most"
            value={input.max}
            onCommit={(max) => change({ ...input, max: max ?? 100 })}
          />
          <NumberCommitField
            label="Step"
            value={input.step}
            onCommit={(step) => change({ ...input, step: step ?? 1 })}
          />
        </>
      );
    case "checkbox":
      return (
        <>
          <Select
            label="Shown as"
            options={[
              { id: "box", name: "Box" },
              { id: "toggle", name: "Toggle" },
            ]}
            selected={input.style}
            onSelect={(style) => void change({ ...input, style })}
          />
          <Switch
            isSelected={input.default === true}
            onChange={(on) => void change({ ...input, default: on })}
          >
            On by default
          </Switch>
        </>
      );
    case "button":
      return (
        <>
          <CommitField label="Text" value={input.text} onCommit={(text) => change({ ...input, text })} />
          <Select
            label="Colour"
            options={[
              { id: "neutral", name: "Neutral" },
              { id: "accent", name: "Accent" },
            ]}
            selected={input.color}
            onSelect={(color) => void change({ ...input, color })}
          />
        </>
      );
    case "dropdown":
    case "multiselect":
      return <ChoiceFields input={input} change={change} />;
    case "date":
      return <DateFields input={input} change={change} />;
    case "file":
      return <FileFields input={input} change={change} />;
    case "table":
      return <TableFields input={input} change={change} />;
    default:
      return never(input);
  }
}

const NO_FILE = "";

function FileFields({
  input,
  change,
}: {
  readonly input: FileInput;
  readonly change: (next: FileInput) => Promise<string>;
}) {
  const files = useFiles();
  const chosen = typeof input.default === "string" ? input.default : NO_FILE;
  const names = files.map(({ name }) => name);
  const known = chosen === NO_FILE || names.includes(chosen) ? names : [chosen, ...names];
  return (
    <>
      <Select
        label="Default"
        options={[
          { id: NO_FILE, name: "None" },
          ...known.map((name) => ({
            id: name,
            name,
            ...(names.includes(name) ? {} : { hint: "Not among the project's files any more" }),
          })),
        ]}
        selected={chosen}
        onSelect={(name) => void change({ ...input, default: name === NO_FILE ? null : name })}
      />
      <CommitField
        label="Accepted endings"
        placeholder="any"
        hint="Such as .csv, .parquet, .xlsx"
        value={input.accept.join(", ")}
        onCommit={(text) => change({ ...input, accept: readEndings(text) })}
      />
      <NumberCommitField
        label="Largest size in MB"
        value={megabytes(input.max_bytes)}
        onCommit={async (size) =>
          size !== null && size > 0
            ? change({ ...input, max_bytes: bytes(size) })
            : "Write a size above 0, such as 100."
        }
      />
    </>
  );
}

/** The project's files, as they are now. */
function useFiles(): readonly FileRef[] {
  const { connection } = useNotebook();
  return useSyncExternalStore(
    connection.subscribe,
    () => connection.getSnapshot().room?.document?.files ?? NO_FILES,
  );
}

const NO_FILES: readonly FileRef[] = [];

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function never(value: never): never {
  throw new Error(`An input of an unknown kind: ${JSON.stringify(value)}`);
}
