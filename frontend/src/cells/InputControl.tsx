// An input as a control. Its accessible name is the label; its value is the room's, shown as soon as it is chosen.
//
// Native controls throughout: they are keyboard and touch at its best, speak every screen reader's language and weigh
// nothing. A list of more than twelve options is searched (a lazy chunk; the native list stands in until it is there).
// Left alone: what a value may be. Hints are early words; the server decides, and its sentence is shown as `refusal`.

import { LoaderCircle, Play } from "lucide-react";
import { lazy, memo, Suspense, useId, useState, type CSSProperties, type ReactNode } from "react";

import {
  dateField,
  dateText,
  decimalsOf,
  hint,
  indexOfOption,
  numberShown,
  numberText,
  optionLabel,
  optionsOf,
  readNumberOf,
  sliderText,
} from "../core/inputs";
import { parseRelative, QUICK, resolvedText, wordsOf, wordsShown, zoneOf } from "../core/dates";
import { toNumber } from "../core/values";
import type {
  ButtonInput,
  CellRun,
  CheckboxInput,
  DateInput,
  DropdownInput,
  Input,
  MultiselectInput,
  NumberInput,
  SliderInput,
  TextInput,
} from "../wire";
import styles from "./InputControl.module.css";
import { FileField, type Upload } from "./FileField";
import { dynamicOptions } from "./media";

const TableEditor = lazy(() => import("./TableEditor"));
const SearchedMany = lazy(async () => ({ default: (await import("./SearchedSelect")).SearchedMany }));
const SearchedSelect = lazy(() => import("./SearchedSelect"));

/** More options than this are searched rather than scrolled. */
const SEARCH_FROM = 13;
/** Boxes to tick are read faster than a list that must be opened, up to here. */
const SEARCH_MANY_FROM = 31;

export interface InputControlProps {
  readonly input: Input;
  /** "" = the variable's name. */
  readonly label: string;
  readonly value: unknown;
  /** The input cell's own run, which holds dynamic options; absent for static ones. */
  readonly run?: CellRun | undefined;
  /** A press of this button waits or runs. */
  readonly waiting?: boolean;
  /** Why the server refused the last value; "" = it did not. */
  readonly refusal?: string;
  /** True while the page cannot take values (a version under view, an ended session). */
  readonly disabled?: boolean;
  /** Stores a file where the session can read it; absent = files cannot be chosen here. */
  readonly upload?: Upload | undefined;
  readonly onChange: (name: string, value: unknown) => void;
  readonly onPress: (name: string) => void;
}

/** What a kind's control is given. */
export interface ControlProps<Kind extends Input> {
  readonly id: string;
  readonly input: Kind;
  readonly name: string;
  readonly value: unknown;
  readonly run: CellRun | undefined;
  readonly disabled: boolean;
  readonly invalid: boolean;
  readonly describedBy: string | undefined;
  readonly change: (value: unknown) => void;
  /** Shows a hint while something is not yet a value. */
  readonly say: (hint: string) => void;
}

export const InputControl = memo(function InputControl(props: InputControlProps): ReactNode {
  const { input, value, run, refusal = "", disabled = false, waiting = false, onChange, onPress } = props;
  const id = useId();
  const [said, say] = useState("");
  const name = props.label || input.name;
  const trouble = refusal || said;
  const describedBy = trouble ? `${id}-trouble` : undefined;
  const common = {
    id,
    name,
    value,
    run,
    disabled,
    invalid: trouble !== "",
    describedBy,
    change: (next: unknown) => onChange(input.name, next),
    say,
  };
  return (
    <div className={styles.input} data-input={input.name} data-kind={input.kind}>
      {control(input, common, () => onPress(input.name), waiting, props.upload)}
      {trouble && (
        <p id={describedBy} className={styles.trouble} role="alert">
          {trouble}
        </p>
      )}
    </div>
  );
});

function control(
  input: Input,
  common: Omit<ControlProps<Input>, "input">,
  press: () => void,
  waiting: boolean,
  upload: Upload | undefined,
): ReactNode {
  switch (input.kind) {
    case "text":
      return <Text {...common} input={input} />;
    case "number":
      return <NumberField {...common} input={input} />;
    case "slider":
      return <Slider {...common} input={input} />;
    case "checkbox":
      return <Checkbox {...common} input={input} />;
    case "button":
      return <PressButton {...common} input={input} press={press} waiting={waiting} />;
    case "dropdown":
      return <Dropdown {...common} input={input} />;
    case "multiselect":
      return <Multiselect {...common} input={input} />;
    case "date":
      return <DateField {...common} input={input} />;
    case "file":
      return <FileField {...common} input={input} upload={upload} />;
    case "table":
      return (
        <Suspense fallback={<Label id={common.id}>{common.name}</Label>}>
          <TableEditor {...common} input={input} />
        </Suspense>
      );
    default:
      return never(input);
  }
}

function Label({ id, children }: { readonly id: string; readonly children: ReactNode }): ReactNode {
  return (
    <label className={styles.label} htmlFor={id}>
      {children}
    </label>
  );
}

// --- text and numbers: what is being typed stays as typed ---------------------------------------------------

/** The text of a field while it is edited; whatever the room says in between waits until the field is left. */
function useTyped(shown: string): {
  readonly text: string;
  readonly type: (text: string) => void;
  readonly leave: () => void;
} {
  const [typed, setTyped] = useState<string | null>(null);
  return { text: typed ?? shown, type: setTyped, leave: () => setTyped(null) };
}

function Text({
  id,
  input,
  name,
  value,
  disabled,
  invalid,
  describedBy,
  change,
}: ControlProps<TextInput>): ReactNode {
  const { text, type, leave } = useTyped(typeof value === "string" ? value : "");
  const field = {
    id,
    value: text,
    placeholder: input.placeholder,
    disabled,
    "aria-invalid": invalid || undefined,
    "aria-describedby": describedBy,
    onChange: (event: { readonly target: { readonly value: string } }) => {
      type(event.target.value);
      change(event.target.value);
    },
    onBlur: leave,
  };
  return (
    <>
      <Label id={id}>{name}</Label>
      {input.multiline ? (
        <textarea {...field} rows={3} className={styles.area} />
      ) : (
        <input {...field} type="text" className={styles.field} autoComplete="off" />
      )}
    </>
  );
}

function NumberField(props: ControlProps<NumberInput>): ReactNode {
  const { id, input, name, value, disabled, invalid, describedBy, change, say } = props;
  const { text, type, leave } = useTyped(numberShown(input, value));
  const formatted = input.format !== "plain";
  const accept = (typed: string): void => {
    type(typed);
    const number = readNumberOf(input, typed);
    const trouble = hint(input, number);
    say(trouble);
    if (!trouble && number !== undefined) change(number);
  };
  const step = (by: number): void => {
    const size = input.step ?? 1;
    const from = toNumber(value) ?? input.min ?? 0;
    const next = Number((from + by * size).toFixed(Math.max(decimalsOf(size), decimalsOf(from))));
    accept(String(Math.min(input.max ?? next, Math.max(input.min ?? next, next))));
  };
  return (
    <>
      <Label id={id}>{name}</Label>
      <input
        id={id}
        type="text"
        inputMode="decimal"
        role="spinbutton"
        aria-valuenow={toNumber(value) ?? undefined}
        aria-valuemin={input.min ?? undefined}
        aria-valuemax={input.max ?? undefined}
        aria-valuetext={formatted ? numberShown(input, value) : undefined}
        className={styles.field}
        autoComplete="off"
        value={text}
        disabled={disabled}
        aria-invalid={invalid || undefined}
        aria-describedby={describedBy}
        onFocus={() => {
          if (formatted) type(numberText(value));
        }}
        onChange={(event) => accept(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
          event.preventDefault();
          step(event.key === "ArrowUp" ? 1 : -1);
        }}
        onBlur={() => {
          leave();
          say("");
        }}
      />
    </>
  );
}

function Slider({
  id,
  input,
  name,
  value,
  disabled,
  describedBy,
  change,
}: ControlProps<SliderInput>): ReactNode {
  const { min, max } = input;
  const number = toNumber(value) ?? min;
  const share = max > min ? Math.min(1, Math.max(0, (number - min) / (max - min))) : 0;
  return (
    <>
      <span className={styles.labelRow}>
        <Label id={id}>{name}</Label>
        <output htmlFor={id}>{sliderText(input, value)}</output>
      </span>
      <input
        id={id}
        type="range"
        className={styles.slider}
        style={{ "--at": `${share * 100}%` } as CSSProperties}
        min={min}
        max={max}
        step={input.step || "any"}
        value={number}
        disabled={disabled}
        aria-describedby={describedBy}
        aria-valuetext={sliderText(input, value)}
        onChange={(event) => change(Number(event.target.value))}
      />
      <span className={styles.ends} aria-hidden>
        <span>{sliderText(input, min)}</span>
        <span>{sliderText(input, max)}</span>
      </span>
    </>
  );
}

// --- yes or no, and a press ------------------------------------------------------------------------------------

function Checkbox({
  id,
  input,
  name,
  value,
  disabled,
  describedBy,
  change,
}: ControlProps<CheckboxInput>): ReactNode {
  const toggle = input.style === "toggle";
  return (
    <label className={styles.check} htmlFor={id} data-style={input.style}>
      <input
        id={id}
        type="checkbox"
        role={toggle ? "switch" : undefined}
        className={toggle ? styles.toggle : styles.box}
        checked={value === true}
        disabled={disabled}
        aria-describedby={describedBy}
        onChange={(event) => change(event.target.checked)}
      />
      <span>{name}</span>
    </label>
  );
}

function PressButton(
  props: ControlProps<ButtonInput> & { readonly press: () => void; readonly waiting: boolean },
): ReactNode {
  const { id, input, name, disabled, describedBy, press, waiting } = props;
  const text = input.text || name;
  const heading = text !== name;
  return (
    <>
      {heading && (
        <span id={`${id}-label`} className={styles.label}>
          {name}
        </span>
      )}
      <button
        id={id}
        type="button"
        className={styles.press}
        data-color={input.color}
        disabled={disabled}
        aria-labelledby={heading ? `${id}-label ${id}` : undefined}
        aria-describedby={describedBy}
        aria-busy={waiting}
        onClick={press}
      >
        {waiting ? (
          <LoaderCircle size={16} aria-hidden className={styles.spin} />
        ) : (
          <Play size={16} aria-hidden />
        )}
        {text}
      </button>
    </>
  );
}

// --- a choice --------------------------------------------------------------------------------------------------

const NONE = "none";

function Dropdown(props: ControlProps<DropdownInput>): ReactNode {
  const { id, input, name, value, run, disabled, invalid, describedBy, change } = props;
  const options = optionsOf(input, dynamicOptions(run));
  const chosen = indexOfOption(options, value);
  const choose = (at: number | null): void => change(at === null ? null : options[at]);
  // Options that were not read yet leave at least the value that is set.
  if (options.length === 0 && (value === null || value === undefined)) {
    return (
      <>
        <Label id={id}>{name}</Label>
        <select id={id} className={styles.select} disabled>
          <option>no options</option>
        </select>
      </>
    );
  }
  const native = (
    <>
      <Label id={id}>{name}</Label>
      <select
        id={id}
        className={styles.select}
        value={chosen < 0 ? NONE : chosen}
        disabled={disabled}
        aria-invalid={invalid || undefined}
        aria-describedby={describedBy}
        onChange={(event) => choose(event.target.value === NONE ? null : Number(event.target.value))}
      >
        {(input.optional || chosen < 0) && (
          <option value={NONE} disabled={!input.optional}>
            {input.optional ? "Any" : optionLabel(value)}
          </option>
        )}
        {options.map((option, at) => (
          // An option's place is its identity: two may read alike.
          // oxlint-disable-next-line react/no-array-index-key
          <option key={at} value={at}>
            {optionLabel(option)}
          </option>
        ))}
      </select>
    </>
  );
  if (options.length < SEARCH_FROM) return native;
  return (
    <Suspense fallback={native}>
      <SearchedSelect
        label={name}
        options={options}
        chosen={chosen}
        optional={input.optional}
        disabled={disabled}
        choose={choose}
      />
    </Suspense>
  );
}

function Multiselect({
  id,
  input,
  name,
  value,
  run,
  disabled,
  change,
}: ControlProps<MultiselectInput>): ReactNode {
  const options = optionsOf(input, dynamicOptions(run));
  const chosen = Array.isArray(value) ? (value as readonly unknown[]) : [];
  const toggle = (at: number, on: boolean): void =>
    change(options.filter((option, i) => (i === at ? on : indexOfOption(chosen, option) >= 0)));
  if (options.length >= SEARCH_MANY_FROM) {
    return (
      <Suspense fallback={<span className={styles.label}>{name}</span>}>
        <SearchedMany label={name} options={options} chosen={chosen} disabled={disabled} choose={change} />
      </Suspense>
    );
  }
  return (
    <fieldset className={styles.many} disabled={disabled || options.length === 0}>
      <legend className={styles.label}>
        {name}{" "}
        <span className={styles.count}>
          {chosen.length > 0 ? `${chosen.length} of ${options.length}` : ""}
        </span>
      </legend>
      <div className={styles.list}>
        {options.map((option, at) => (
          // oxlint-disable-next-line react/no-array-index-key
          <label key={at} className={styles.check} htmlFor={`${id}-${at}`}>
            <input
              id={`${id}-${at}`}
              type="checkbox"
              className={styles.box}
              checked={indexOfOption(chosen, option) >= 0}
              onChange={(event) => toggle(at, event.target.checked)}
            />
            <span>{optionLabel(option)}</span>
          </label>
        ))}
        {options.length === 0 && <p className={styles.none}>no options</p>}
      </div>
    </fieldset>
  );
}

// --- dates -----------------------------------------------------------------------------------------------------

function DateField(props: ControlProps<DateInput>): ReactNode {
  const { id, input, name, value, change } = props;
  if (!input.range) {
    return (
      <>
        <Label id={id}>{name}</Label>
        <OneDate {...props} text={dateField(value)} send={change} />
      </>
    );
  }
  const [start, end]: readonly unknown[] = Array.isArray(value) ? value : [];
  return (
    <fieldset className={styles.range}>
      <legend className={styles.label}>{name}</legend>
      <OneDate
        {...props}
        id={`${id}-start`}
        called={`${name}, from`}
        text={dateField(start)}
        send={(text) => change([text, dateField(end) || null])}
      />
      <OneDate
        {...props}
        id={`${id}-end`}
        called={`${name}, to`}
        text={dateField(end)}
        send={(text) => change([dateField(start) || null, text])}
      />
    </fieldset>
  );
}

/** A day, or words for one, chosen from a short list or written. Words are sent when they are whole. */
function OneDate(
  props: ControlProps<DateInput> & {
    readonly text: string;
    readonly called?: string;
    readonly send: (text: string | null) => void;
  },
): ReactNode {
  const { id, input, text: shown, name, called, disabled, invalid, describedBy, send, say } = props;
  const { text, type, leave } = useTyped(wordsShown(shown, input.timezone));
  const relative = parseRelative(shown);
  const field = {
    id,
    className: styles.field,
    disabled,
    "aria-label": called,
    "aria-invalid": invalid || undefined,
    "aria-describedby": [describedBy, relative && `${id}-day`].filter(Boolean).join(" ") || undefined,
  };
  const commit = (): void => {
    leave();
    const words = wordsOf(text);
    if (text === wordsShown(shown, input.timezone)) return;
    if (words === null) say("Write words such as 7 days ago, or choose a day.");
    else {
      say("");
      send(words);
    }
  };
  const zone = input.time ? zoneOf(shown) || input.timezone || "UTC" : "";
  return (
    <div className={styles.date}>
      <div className={styles.dateRow}>
        {relative ? (
          <input
            {...field}
            type="text"
            value={text}
            autoComplete="off"
            onChange={(event) => type(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter") commit();
            }}
            onBlur={commit}
          />
        ) : (
          <input
            {...field}
            type={input.time ? "datetime-local" : "date"}
            step={input.time ? 1 : undefined}
            value={input.time ? shown.slice(0, 19).replace(" ", "T") : shown}
            required={!input.optional}
            onChange={(event) => {
              const chosen = event.target.value;
              if (chosen || input.optional)
                send(input.time && chosen ? clockText(chosen, shown) : chosen || null);
            }}
          />
        )}
        {(input.relative || relative) && (
          <select
            className={styles.quick}
            aria-label={`${called ?? name}: day or relative date`}
            value=""
            disabled={disabled}
            onChange={(event) => {
              const chosen = event.target.value;
              if (chosen === "day") send(calendarText(shown, input));
              else if (chosen === "empty") send(null);
              else send(chosen);
            }}
          >
            <option value="" disabled hidden>
              {relative ? "relative" : "day"}
            </option>
            {QUICK.filter(({ hours }) => !hours || input.time).map(({ words, label }) => (
              <option key={words} value={words}>
                {label}
              </option>
            ))}
            <option value="day">A day of the calendar</option>
            {input.optional && <option value="empty">Empty</option>}
          </select>
        )}
      </div>
      {relative && (
        <p id={`${id}-day`} className={styles.hint}>
          {dateText(calendarText(shown, input))}
          {zone && ` ${zone}`}
        </p>
      )}
      {!relative && zone && <p className={styles.hint}>{zone}</p>}
    </div>
  );
}

/** The day or time that a value means now, as it would be written itself. */
function calendarText(shown: string, input: DateInput): string {
  return resolvedText(shown || "0 days ago", input.timezone, input.time, new Date());
}

/** A browser's "2026-11-25T09:30" as the product writes it, in the zone that the value before it named. */
function clockText(chosen: string, before: string): string {
  const zone = /^\d{4}-\d\d-\d\d[ T][\d:.]+ (.+)$/.exec(before)?.[1] ?? "";
  const clock = chosen.replace("T", " ");
  return [clock.length === 16 ? `${clock}:00` : clock, zone].filter(Boolean).join(" ");
}

function never(value: never): never {
  throw new Error(`An input of an unknown kind: ${JSON.stringify(value)}`);
}
