// The settings of a date input: what it takes, its zone, and where it starts.

import { SuggestField } from "../../ui/SuggestField";
import { Select, Switch } from "../../ui/Field";
import type { DateInput } from "../../wire";
import { readStart, startsOf, withDateSetting, withStarts, type Start, type Unit } from "./dates";
import { CommitField, NumberCommitField } from "./fields";
import styles from "./forms.module.css";
import { ZONES } from "./zones";

export interface DateFieldsProps {
  readonly input: DateInput;
  readonly change: (next: DateInput) => Promise<string>;
}

export function DateFields({ input, change }: DateFieldsProps) {
  const starts = startsOf(input);
  const set = (at: number, start: Start): Promise<string> =>
    change(
      withStarts(
        input,
        starts.map((one, place) => (place === at ? start : one)),
      ),
    );
  return (
    <>
      {starts.map((start, at) => (
        <StartFields
          // oxlint-disable-next-line react/no-array-index-key
          key={at}
          label={input.range ? (at === 0 ? "Start" : "End") : "Default"}
          input={input}
          start={start}
          set={(next) => set(at, next)}
        />
      ))}
      <SuggestField
        label="Time zone"
        placeholder="UTC"
        hint="Nothing here: UTC. Type a city."
        suggestions={ZONES}
        value={input.timezone}
        onCommit={(timezone) => change({ ...input, timezone })}
      />
      <div className={styles.switches}>
        <Switch isSelected={input.time} onChange={(time) => void change(withDateSetting(input, { time }))}>
          With time
        </Switch>
        <Switch
          isSelected={input.relative}
          onChange={(relative) => void change(withDateSetting(input, { relative }))}
        >
          Takes words such as 7 days ago
        </Switch>
        <Switch isSelected={input.range} onChange={(range) => void change(withDateSetting(input, { range }))}>
          A range: {input.name}_start and {input.name}_end
        </Switch>
      </div>
    </>
  );
}

const UNITS: readonly { readonly id: Unit; readonly name: string }[] = [
  { id: "hour", name: "Hours" },
  { id: "day", name: "Days" },
  { id: "week", name: "Weeks" },
  { id: "month", name: "Months" },
  { id: "year", name: "Years" },
];

function StartFields({
  label,
  input,
  start,
  set,
}: {
  readonly label: string;
  readonly input: DateInput;
  readonly start: Start;
  readonly set: (start: Start) => Promise<string>;
}) {
  const today = start.kind === "relative" && start.amount === 0;
  const way = start.kind === "relative" ? (today ? "today" : start.future ? "ahead" : "ago") : start.kind;
  const ways = [
    { id: "none", name: input.optional ? "Empty" : "Today" },
    ...(input.relative
      ? [
          { id: "today", name: input.time ? "Now" : "Today, as words" },
          { id: "ago", name: "Some time ago" },
          { id: "ahead", name: "Some time from now" },
        ]
      : []),
    { id: "fixed", name: "A fixed day" },
    ...(start.kind === "other" ? [{ id: "other", name: "Something else" }] : []),
  ].filter(({ id }) => id !== "none" || input.optional || !input.relative || way === "none");
  const choose = (id: string): void => {
    const unit = start.kind === "relative" && !today ? start.unit : "day";
    const amount = start.kind === "relative" && start.amount > 0 ? start.amount : 7;
    const next: Record<string, Start> = {
      none: { kind: "none" },
      today: { kind: "relative", amount: 0, unit: "day", future: false },
      ago: { kind: "relative", amount, unit, future: false },
      ahead: { kind: "relative", amount, unit, future: true },
      fixed: { kind: "fixed", day: new Date().toISOString().slice(0, 10), clock: "00:00:00" },
    };
    const chosen = next[id];
    if (chosen) void set(chosen);
  };
  return (
    <fieldset className={styles.start}>
      <Select label={label} options={ways} selected={way} onSelect={choose} />
      {start.kind === "relative" && !today && (
        <span className={styles.pair}>
          <NumberCommitField
            label={`${label}: how many`}
            hideLabel
            value={start.amount}
            onCommit={async (amount) =>
              amount !== null && Number.isInteger(amount) && amount >= 0
                ? set({ ...start, amount })
                : "Write a whole number."
            }
          />
          <Select
            label={`${label}: of what`}
            hideLabel
            options={UNITS.filter(({ id }) => id !== "hour" || input.time)}
            selected={start.unit}
            onSelect={(unit) => void set({ ...start, unit })}
          />
        </span>
      )}
      {start.kind === "fixed" && (
        <input
          className={styles.native}
          type={input.time ? "datetime-local" : "date"}
          step={input.time ? 1 : undefined}
          aria-label={`${label}: day`}
          value={input.time ? `${start.day}T${start.clock}` : start.day}
          onChange={(event) => {
            const next = readStart(event.currentTarget.value);
            if (next.kind === "fixed") void set(next);
          }}
        />
      )}
      {start.kind === "other" && (
        <CommitField
          label={`${label}: words`}
          hideLabel
          value={start.text}
          onCommit={(text) => set(readStart(text.trim()))}
        />
      )}
    </fieldset>
  );
}
