// The settings of an input: what it is called, what it takes, what it holds before anybody touches it.

import { useNotebook } from "../notebook";
import { INPUT_KINDS, KIND_NAMES, withKind } from "../cells";
import { Select, Switch } from "../../ui/Field";
import type { Input, InputCell } from "../../wire";
import { CommitField, NumberCommitField } from "./fields";
import styles from "./forms.module.css";
import { readOptions, readScalar, writeOptions, writeScalar } from "./scalars";

export function InputForm({ cell }: { readonly cell: InputCell }) {
  const notebook = useNotebook();
  const { input } = cell;
  const change = (next: Input, label = cell.label): Promise<string> =>
    notebook.configure({ ...cell, label, input: next });
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
        onCommit={(name) => change({ ...input, name: name.trim() })}
      />
      <Select
        label="Kind"
        options={INPUT_KINDS.map((id) => ({ id, name: KIND_NAMES[id] }))}
        selected={input.kind}
        onSelect={(kind) => void change(withKind(input, kind))}
      />
      <KindFields input={input} change={change} />
      {"optional" in input && (
        <Switch isSelected={input.optional} onChange={(optional) => void change({ ...input, optional })}>
          May be empty
        </Switch>
      )}
      <Switch isSelected={input.settable} onChange={(settable) => void change({ ...input, settable })}>
        Links may set it where no tab shows it
      </Switch>
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
      return (
        <>
          <CommitField
            className={styles.whole}
            label="Options"
            multiline
            isDisabled={input.options_from !== ""}
            hint={'One a line. 42 is a number, "42" in quotes is text.'}
            value={writeOptions(input.options)}
            onCommit={(text) => change({ ...input, options: readOptions(text) })}
          />
          <CommitField
            label="Or options from"
            mono
            placeholder="df.species"
            hint="A column, list or array of a cell above."
            value={input.options_from}
            onCommit={(text) => change({ ...input, options_from: text.trim() })}
          />
          {input.kind === "dropdown" ? (
            <CommitField
              label="Default"
              value={input.default === null ? "" : writeScalar(input.default)}
              onCommit={(text) => change({ ...input, default: text === "" ? null : readScalar(text) })}
            />
          ) : (
            <CommitField
              label="Default"
              multiline
              hint="One a line."
              value={Array.isArray(input.default) ? writeOptions(input.default) : ""}
              onCommit={(text) => change({ ...input, default: readOptions(text) })}
            />
          )}
        </>
      );
    case "date":
      return (
        <>
          {input.range ? (
            <>
              <DateDefault label="Default start" input={input} at={0} change={change} />
              <DateDefault label="Default end" input={input} at={1} change={change} />
            </>
          ) : (
            <DateDefault label="Default" input={input} at={-1} change={change} />
          )}
          <CommitField
            label="Time zone"
            placeholder="UTC"
            value={input.timezone}
            onCommit={(timezone) => change({ ...input, timezone: timezone.trim() })}
          />
          <Switch isSelected={input.time} onChange={(time) => void change({ ...input, time })}>
            With time
          </Switch>
          <Switch isSelected={input.relative} onChange={(relative) => void change({ ...input, relative })}>
            Relative dates allowed
          </Switch>
          <Switch
            isSelected={input.range}
            onChange={(range) => {
              const now = input.default;
              const next = range ? [now, now] : Array.isArray(now) ? (now[0] ?? null) : now;
              void change({ ...input, range, default: next });
            }}
          >
            A range: start and end
          </Switch>
        </>
      );
    case "file":
      return (
        <CommitField
          label="Accepted endings"
          placeholder=".csv, .parquet"
          hint="Nothing here: any file."
          value={input.accept.join(", ")}
          onCommit={(text) =>
            change({
              ...input,
              accept: text
                .split(/[\s,]+/)
                .filter(Boolean)
                .map((ending) => (ending.startsWith(".") ? ending : `.${ending}`)),
            })
          }
        />
      );
    case "table":
      return (
        <CommitField
          className={styles.whole}
          label="Columns"
          multiline
          hint="One a line, such as amount: number. Types: text, number, checkbox, date."
          value={input.columns.map((column) => `${column.name}: ${column.type}`).join("\n")}
          onCommit={(text) => change({ ...input, columns: readColumns(text) })}
        />
      );
    default:
      return never(input);
  }
}

type DateSettings = Extract<Input, { kind: "date" }>;

function DateDefault({
  label,
  input,
  at,
  change,
}: {
  readonly label: string;
  readonly input: DateSettings;
  /** Which end of a range; -1 = no range. */
  readonly at: number;
  readonly change: (next: Input) => Promise<string>;
}) {
  const whole: unknown = input.default;
  const value: unknown = at < 0 ? whole : Array.isArray(whole) ? whole[at] : null;
  return (
    <CommitField
      label={label}
      placeholder="7 days ago"
      hint={
        input.relative
          ? "A date such as 2026-11-25, or words: today, 7 days ago."
          : "A date such as 2026-11-25."
      }
      value={typeof value === "string" ? value : ""}
      onCommit={(text) => {
        const next = text.trim() === "" ? null : text.trim();
        if (at < 0) return change({ ...input, default: next });
        const both = Array.isArray(whole) ? [whole[0] ?? null, whole[1] ?? null] : [null, null];
        both[at] = next;
        return change({ ...input, default: both });
      }}
    />
  );
}

function readColumns(text: string): Extract<Input, { kind: "table" }>["columns"] {
  return text
    .split("\n")
    .map((line) => line.split(":").map((part) => part.trim()))
    .filter(([name]) => Boolean(name))
    .map(([name = "", type]) => ({
      name,
      type: type === "number" || type === "checkbox" || type === "date" ? type : "text",
    }));
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function never(value: never): never {
  throw new Error(`An input of an unknown kind: ${JSON.stringify(value)}`);
}
