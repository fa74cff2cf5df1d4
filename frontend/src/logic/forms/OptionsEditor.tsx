// What a dropdown or multi-select offers: rows with a type each, lines of text for many, or an expression.

import { useEffect, useRef, useState } from "react";

import { sameValue } from "../../core/values";
import { Button, IconButton } from "../../ui/Button";
import { Select, TextField } from "../../ui/Field";
import type { DropdownInput, MultiselectInput } from "../../wire";
import { CommitField } from "./fields";
import styles from "./forms.module.css";
import {
  moved,
  OPTION_TYPES,
  readAs,
  retyped,
  textOf,
  typeOf,
  withLines,
  withOption,
  withOptions,
  type Choice,
} from "./options";
import { readOptions, readScalar, writeOptions, writeScalar, type Scalar } from "./scalars";

/** Longer lists are edited as lines. */
const MOST_ROWS = 60;

export interface ChoiceFieldsProps {
  readonly input: Choice;
  readonly change: (next: Choice) => Promise<string>;
}

export function ChoiceFields({ input, change }: ChoiceFieldsProps) {
  const [dynamic, setDynamic] = useState(input.options_from !== "");
  return (
    <>
      <Select
        label="Options are"
        options={[
          { id: "written", name: "Written here" },
          { id: "read", name: "Read from the notebook", hint: "A column, list or array of a cell" },
        ]}
        selected={dynamic ? "read" : "written"}
        onSelect={(way) => {
          setDynamic(way === "read");
          if (way === "written" && input.options_from !== "") void change({ ...input, options_from: "" });
        }}
      />
      {dynamic && (
        <CommitField
          label="Expression"
          mono
          placeholder="df.species"
          hint="Its cell runs first; a choice that is gone gives way to the default."
          value={input.options_from}
          onCommit={(text) => change({ ...input, options_from: text.trim() })}
        />
      )}
      {!dynamic && <Options input={input} change={change} />}
      <ChoiceDefault input={input} change={change} dynamic={dynamic} />
    </>
  );
}

function Options({ input, change }: ChoiceFieldsProps) {
  const { options } = input;
  const many = options.length > MOST_ROWS;
  const [asLines, setAsLines] = useState(many);
  const set = (next: readonly Scalar[]): Promise<string> => change(withOptions(input, next));
  return (
    <fieldset className={styles.whole}>
      <legend className={styles.legend}>
        Options
        {!many && (
          <Button small variant="quiet" onPress={() => setAsLines(!asLines)}>
            {asLines ? "Edit as rows" : "Edit as lines"}
          </Button>
        )}
      </legend>
      {asLines || many ? (
        <CommitField
          label="Options, one a line"
          hideLabel
          multiline
          mono
          hint={'One a line. 42 is a number, "42" in quotes is text, true and null are what they are.'}
          value={writeOptions(options)}
          onCommit={(text) => set(readOptions(text))}
        />
      ) : (
        <ol className={styles.rows}>
          {options.map((option, at) => (
            <OptionRow key={writeScalar(option)} options={options} at={at} set={set} />
          ))}
          <NewOption options={options} set={set} />
        </ol>
      )}
    </fieldset>
  );
}

interface RowsProps {
  readonly options: readonly Scalar[];
  readonly set: (options: readonly Scalar[]) => Promise<string>;
}

function OptionRow({ options, at, set }: RowsProps & { readonly at: number }) {
  const option = options[at] ?? null;
  const type = typeOf(option);
  const name = `option ${at + 1}`;
  const [wrong, setWrong] = useState("");
  const replace = (next: Scalar): Promise<string> | string => {
    const changed = withOption(options, at, next);
    return "wrong" in changed ? changed.wrong : set(changed);
  };
  return (
    <li className={styles.option}>
      <CommitField
        label={`Text of ${name}`}
        hideLabel
        isDisabled={type === "empty"}
        placeholder={type === "empty" ? "(empty)" : ""}
        value={textOf(option)}
        onCommit={(text) => {
          const read = readAs(type, text);
          return "wrong" in read ? read.wrong : replace(read.option);
        }}
      />
      <Select
        label={`Type of ${name}`}
        hideLabel
        className={styles.type}
        options={OPTION_TYPES}
        selected={type}
        onSelect={(next) => void Promise.resolve(replace(retyped(option, next))).then(setWrong)}
      />
      <IconButton
        label={`Move up ${name}`}
        icon="up"
        small
        isDisabled={at === 0}
        onPress={() => void set(moved(options, at, at - 1))}
      />
      <IconButton
        label={`Remove ${name}`}
        icon="close"
        small
        onPress={() => void set(options.filter((_, place) => place !== at))}
      />
      {wrong && (
        <p className={styles.wrong} role="alert">
          {wrong}
        </p>
      )}
    </li>
  );
}

/** Enter adds and stays, so that a list is typed in one go; lines that are pasted become rows. */
function NewOption({ options, set }: RowsProps) {
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState("");
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  }, [options]);
  const add = (lines: string): void => {
    if (lines.trim() === "") return;
    const next = withLines(latest.current, lines);
    if (next.length === latest.current.length) {
      setWrong("This option is there already.");
      return;
    }
    latest.current = next;
    setText("");
    void set(next).then(setWrong);
  };
  return (
    <li className={styles.option}>
      <TextField
        label="New option"
        hideLabel
        placeholder="Add an option, or paste a list"
        value={text}
        error={wrong}
        onChange={(next) => {
          setText(next);
          setWrong("");
        }}
        onBlur={() => add(text)}
        onPaste={(event) => {
          const pasted = event.clipboardData?.getData("text/plain") ?? "";
          if (!pasted.includes("\n")) return;
          event.preventDefault();
          add(`${text}${pasted}`);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey) add(text);
          else event.continuePropagation();
        }}
      />
    </li>
  );
}

const NONE = "none";

function ChoiceDefault({ input, change, dynamic }: ChoiceFieldsProps & { readonly dynamic: boolean }) {
  const listed = !dynamic && input.options.length > 0 && input.options.length <= MOST_ROWS;
  if (input.kind === "dropdown") {
    if (!listed)
      return (
        <CommitField
          label="Default"
          placeholder={input.optional ? "empty" : "the first option"}
          hint={'42 is a number, "42" in quotes is text.'}
          value={input.default === null ? "" : writeScalar(input.default)}
          onCommit={(text) =>
            change({ ...input, default: (text === "" ? null : readScalar(text)) as DropdownInput["default"] })
          }
        />
      );
    const at = input.options.findIndex((option) => sameValue(option, input.default));
    const named = input.options
      .map((option, place) => ({ id: String(place), name: option === null ? "(empty)" : textOf(option) }))
      .filter((_, place) => input.options[place] !== null);
    return (
      <Select
        label="Default"
        options={[{ id: NONE, name: input.optional ? "Empty" : "The first option" }, ...named]}
        selected={at < 0 || input.default === null ? NONE : String(at)}
        onSelect={(id) =>
          void change({ ...input, default: id === NONE ? null : (input.options[Number(id)] ?? null) })
        }
      />
    );
  }
  const chosen: readonly unknown[] = Array.isArray(input.default) ? input.default : [];
  const has = (option: Scalar): boolean => chosen.some((one) => sameValue(one, option));
  if (!listed)
    return (
      <CommitField
        label="Default"
        multiline
        placeholder="none"
        hint="One a line."
        value={writeOptions(chosen)}
        onCommit={(text) => change({ ...input, default: readOptions(text) as MultiselectInput["default"] })}
      />
    );
  return (
    <fieldset>
      <legend className={styles.legend}>Default</legend>
      <div className={styles.checks}>
        {input.options.map((option) => (
          <label key={writeScalar(option)} className={styles.check}>
            <input
              type="checkbox"
              checked={has(option)}
              onChange={(event) => {
                const on = event.target.checked;
                void change({
                  ...input,
                  default: input.options.filter((one) => (one === option ? on : has(one))),
                });
              }}
            />
            <span>{option === null || option === "" ? "(empty)" : textOf(option)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
