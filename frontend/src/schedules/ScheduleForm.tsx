// One schedule: its rule, inputs, what becomes of its results, and what happens where it goes wrong; beside it the next
// five runs, worked out by the server as the form changes, and below it the last ones.
//
// Nothing is kept before *Save schedule*. What the server refuses is shown at the field at fault.

import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useId, useState, type ReactNode } from "react";

import { secondsText } from "../app/state";
import { InputControl } from "../cells/InputControl";
import { ApiError, del, post, request } from "../net/api";
import { Ago, useNow } from "../ui/Ago";
import { Button } from "../ui/Button";
import { Select, Switch, TextField } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { Spinner } from "../ui/Spinner";
import { Banner, StateMark } from "../ui/State";
import { SuggestField } from "../ui/SuggestField";
import { useSay } from "../ui/Toast";
import type {
  InputCell,
  ScheduleBody,
  ScheduledRun,
  ScheduleList,
  SchedulePreview,
  ScheduleRequest,
} from "../wire";
import { NotificationFields } from "./notifications/NotificationFields";
import {
  allDefaults,
  CADENCES,
  clockOf,
  comesIn,
  DAYS,
  firingsOf,
  limitText,
  newPlan,
  planOf,
  readClock,
  requestOf,
  runMark,
  runNote,
  runsWhat,
  timingOf,
  type Plan,
} from "./schedule";
import styles from "./SchedulesPage.module.css";

/** Milliseconds without a change until the next runs are worked out. */
const RESTS = 250;

const LIMITS = [300, 900, 1800, 3600, 7200, 21_600];

const ZONES: readonly string[] = ["UTC", ...Intl.supportedValuesOf("timeZone")];

export interface ScheduleFormProps {
  readonly workspace: string;
  readonly project: string;
  /** null = a new one. */
  readonly schedule: ScheduleBody | null;
  readonly about: ScheduleList;
  readonly canEdit: boolean;
  readonly onChanged: () => Promise<void>;
  readonly onClose: () => void;
  readonly onMade: (id: string) => void;
}

export function ScheduleForm(props: ScheduleFormProps) {
  const { workspace, project, schedule, about, canEdit, onChanged, onClose, onMade } = props;
  const say = useSay();
  const [plan, setPlan] = useState<Plan>(() => (schedule ? planOf(schedule) : newPlan(about.timezone)));
  const [refused, setRefused] = useState<ApiError | null>(null);
  const address = `/projects/${project}/schedules`;
  const change = (part: Partial<Plan>): void => {
    setPlan((before) => ({ ...before, ...part }));
    setRefused(null);
  };
  const refuse = (error: unknown): void => {
    setRefused(error instanceof ApiError ? error : new ApiError(0, "", String(error)));
  };
  const save = useMutation({
    mutationFn: () =>
      schedule
        ? request<ScheduleBody>("PATCH", `${address}/${schedule.id}`, { body: requestOf(plan) })
        : post<ScheduleBody>(address, requestOf(plan)),
    onSuccess: async (kept) => {
      setRefused(null);
      setPlan(planOf(kept));
      await onChanged();
      say("The schedule is kept.");
      if (!schedule) onMade(kept.id);
    },
    onError: refuse,
  });
  const remove = useMutation({
    mutationFn: () => del(`${address}/${schedule?.id}`),
    onSuccess: async () => {
      await onChanged();
      say({
        text: "The schedule was removed. Its runs stay in the run log.",
        action: {
          name: "Undo",
          run: () => void post<ScheduleBody>(address, requestOf(plan)).then(onChanged),
        },
      });
      onClose();
    },
    onError: refuse,
  });
  const run = useMutation({
    mutationFn: () => post<ScheduledRun>(`${address}/${schedule?.id}/run`),
    onSuccess: onChanged,
    onError: refuse,
  });
  const trouble = (field: string): string => (refused?.field === field ? refused.message : "");
  const placed = ["cron", "timezone", "dayOfWeek", "day", "minute", "hour"];
  const elsewhere =
    refused && !placed.includes(refused.field ?? "") && !refused.field?.startsWith("inputParams.")
      ? refused
      : null;
  return (
    <div className={styles.form}>
      <div className={styles.head}>
        <div>
          <button type="button" className={styles.back} onClick={onClose}>
            <Icon name="left" small /> Schedules
          </button>
          <h2 className={styles.heading}>{plan.name || (schedule ? schedule.words : "New schedule")}</h2>
          <p className={styles.sub}>{runsWhat(about.publishedVersion, about.unpublishedChanges)}</p>
        </div>
        <Switch isSelected={plan.enabled} isDisabled={!canEdit} onChange={(enabled) => change({ enabled })}>
          Enabled
        </Switch>
      </div>
      {schedule?.flagged && (
        <Banner tone="warn" icon="warn">
          This schedule does not run: {schedule.flagged} Change its inputs and save it.
        </Banner>
      )}
      <div className={styles.columns}>
        <fieldset className={styles.parts} disabled={!canEdit}>
          <legend className={styles.hidden}>Schedule</legend>
          <Part name="Name">
            <TextField
              label="Name"
              hideLabel
              value={plan.name}
              isDisabled={!canEdit}
              placeholder="Such as Weekday mornings"
              onChange={(name) => change({ name })}
            />
          </Part>
          <Part name="When">
            <When plan={plan} canEdit={canEdit} trouble={trouble} onChange={change} />
          </Part>
          {about.inputs.length > 0 && (
            <Part name="Inputs">
              <ul className={styles.inputs}>
                {about.inputs.map((cell) => (
                  <InputRow
                    key={cell.id}
                    cell={cell}
                    plan={plan}
                    canEdit={canEdit}
                    refusal={trouble(`inputParams.${cell.input.name}`)}
                    onChange={change}
                  />
                ))}
              </ul>
              <p className={styles.hint}>
                Relative dates, such as “7 days ago”, are worked out when a run starts.
              </p>
            </Part>
          )}
          <Part name="Results">
            <Setting
              name="Update the published results"
              hint={
                allDefaults(plan)
                  ? "Possible while all inputs are defaults."
                  : "Off: published results belong to the default inputs, and this schedule sets others."
              }
              on={plan.updateResults && allDefaults(plan)}
              disabled={!canEdit || !allDefaults(plan)}
              onChange={(updateResults) => change({ updateResults })}
            />
            <Setting
              name="Use kept query results"
              hint={
                plan.useCached
                  ? "On: queries may take results that were kept."
                  : "Off: every query asks the database again."
              }
              on={plan.useCached}
              disabled={!canEdit}
              onChange={(useCached) => change({ useCached })}
            />
          </Part>
          <Part name="If it goes wrong">
            <div className={styles.sentence}>
              <Select
                label="Try again"
                options={[0, 1, 2, 3, 5, 10].map((n) => ({
                  id: String(n),
                  name: n === 0 ? "never" : n === 1 ? "once" : `${n} times`,
                }))}
                selected={String(plan.retries)}
                isDisabled={!canEdit}
                onSelect={(n) => change({ retries: Number(n) })}
              />
              <Select
                label="Stop a run after"
                options={[
                  { id: "", name: "no limit" },
                  ...[...new Set([...LIMITS, ...(plan.timeLimit === null ? [] : [plan.timeLimit])])]
                    .toSorted((a, b) => a - b)
                    .map((seconds) => ({ id: String(seconds), name: limitText(seconds) })),
                ]}
                selected={plan.timeLimit === null ? "" : String(plan.timeLimit)}
                isDisabled={!canEdit}
                onSelect={(id) => change({ timeLimit: id === "" ? null : Number(id) })}
              />
              <Select
                label="While one goes on"
                options={[
                  { id: "SKIP", name: "skip the next" },
                  { id: "QUEUE", name: "let the next wait" },
                ]}
                selected={plan.overlap}
                isDisabled={!canEdit}
                onSelect={(overlap) => change({ overlap })}
              />
            </div>
          </Part>
          {canEdit && (
            <Part name="Tell people">
              <NotificationFields
                project={project}
                value={plan.notifications}
                onChange={(notifications) => change({ notifications })}
                kept={schedule?.notifications ?? []}
              />
            </Part>
          )}
          {elsewhere && (
            <Banner tone="error" icon="error">
              {elsewhere.message} {elsewhere.hint}
            </Banner>
          )}
          {canEdit && (
            <div className={styles.acts}>
              <Button variant="primary" busy={save.isPending} onPress={() => save.mutate()}>
                Save schedule
              </Button>
              {schedule && (
                <>
                  <Button icon="play" busy={run.isPending} onPress={() => run.mutate()}>
                    Run now
                  </Button>
                  <span className={styles.grow} />
                  <Button variant="quiet" busy={remove.isPending} onPress={() => remove.mutate()}>
                    Delete
                  </Button>
                </>
              )}
            </div>
          )}
        </fieldset>
        <Next project={project} plan={plan} canEdit={canEdit} kept={schedule} onRefused={setRefused} />
      </div>
      {schedule && schedule.lastRuns.length > 0 && (
        <LastRuns workspace={workspace} project={project} runs={schedule.lastRuns} />
      )}
    </div>
  );
}

function Part({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  const id = useId();
  return (
    <section className={styles.part} aria-labelledby={id}>
      <h3 id={id} className={styles.partName}>
        {name}
      </h3>
      <div className={styles.partBody}>{children}</div>
    </section>
  );
}

function Setting({
  name,
  hint,
  on,
  disabled,
  onChange,
}: {
  readonly name: string;
  readonly hint: string;
  readonly on: boolean;
  readonly disabled: boolean;
  readonly onChange: (on: boolean) => void;
}) {
  return (
    <div className={styles.setting}>
      <Switch isSelected={on} isDisabled={disabled} onChange={onChange}>
        {name}
      </Switch>
      <p className={styles.hint}>{hint}</p>
    </div>
  );
}

function When({
  plan,
  canEdit,
  trouble,
  onChange,
}: {
  readonly plan: Plan;
  readonly canEdit: boolean;
  readonly trouble: (field: string) => string;
  readonly onChange: (part: Partial<Plan>) => void;
}) {
  const group = useId();
  return (
    <>
      <div className={styles.segments} role="radiogroup" aria-label="Cadence">
        {CADENCES.map(({ id, name }) => (
          <label key={id} className={styles.segment}>
            <input
              type="radio"
              name={group}
              checked={plan.cadence === id}
              onChange={() => onChange({ cadence: id })}
            />
            <span>{name}</span>
          </label>
        ))}
      </div>
      {plan.cadence === "WEEKLY" && (
        <fieldset className={styles.days} aria-label="Days of the week">
          {DAYS.map(({ id, short, name }) => (
            <label key={id} className={styles.dayBox} title={name}>
              <input
                type="checkbox"
                aria-label={name}
                checked={plan.days.includes(id)}
                onChange={({ target }) =>
                  onChange({
                    days: DAYS.map((one) => one.id).filter((day) =>
                      day === id ? target.checked : plan.days.includes(day),
                    ),
                  })
                }
              />
              <span aria-hidden="true">{short}</span>
            </label>
          ))}
        </fieldset>
      )}
      {trouble("dayOfWeek") && (
        <p className={styles.trouble} role="alert">
          {trouble("dayOfWeek")}
        </p>
      )}
      <div className={styles.sentence}>
        {plan.cadence === "CUSTOM" && (
          <TextField
            label="Cron expression"
            mono
            value={plan.cron}
            isDisabled={!canEdit}
            placeholder="0 8 * * 1-5"
            hint="Minute, hour, day of the month, month, day of the week."
            error={plan.cron === "" ? "" : trouble("cron")}
            onChange={(cron) => onChange({ cron })}
          />
        )}
        {plan.cadence === "MONTHLY" && (
          <Select
            label="On day"
            options={Array.from({ length: 31 }, (_, at) => ({
              id: String(at + 1),
              name: at < 28 ? String(at + 1) : `${at + 1}, or the last`,
            }))}
            selected={String(plan.day)}
            isDisabled={!canEdit}
            onSelect={(day) => onChange({ day: Number(day) })}
          />
        )}
        {plan.cadence === "HOURLY" && (
          <TextField
            label="At minute"
            type="number"
            inputMode="numeric"
            value={String(plan.minute)}
            isDisabled={!canEdit}
            error={trouble("minute")}
            onChange={(text) =>
              onChange({ minute: Math.min(59, Math.max(0, Math.trunc(Number(text) || 0))) })
            }
          />
        )}
        {(plan.cadence === "DAILY" || plan.cadence === "WEEKLY" || plan.cadence === "MONTHLY") && (
          <TextField
            label="At"
            type="time"
            value={clockOf(plan)}
            isDisabled={!canEdit}
            error={trouble("hour") || trouble("minute")}
            onChange={(text) => {
              const clock = readClock(text);
              if (clock) onChange(clock);
            }}
          />
        )}
        <SuggestField
          label="Time zone"
          value={plan.timezone}
          suggestions={ZONES}
          isDisabled={!canEdit}
          onCommit={(timezone) => {
            onChange({ timezone });
            return "";
          }}
        />
      </div>
      {trouble("timezone") && (
        <p className={styles.trouble} role="alert">
          {trouble("timezone")}
        </p>
      )}
    </>
  );
}

function InputRow({
  cell,
  plan,
  canEdit,
  refusal,
  onChange,
}: {
  readonly cell: InputCell;
  readonly plan: Plan;
  readonly canEdit: boolean;
  readonly refusal: string;
  readonly onChange: (part: Partial<Plan>) => void;
}) {
  const { input } = cell;
  const { name } = input;
  const label = cell.label || name;
  const own = name in plan.inputs;
  const set = (value: unknown): void => onChange({ inputs: { ...plan.inputs, [name]: value } });
  const reset = (): void => {
    const { [name]: _, ...rest } = plan.inputs;
    onChange({ inputs: rest });
  };
  const standard = "default" in input ? input.default : null;
  return (
    <li className={styles.inputRow} data-own={own || undefined}>
      {own ? (
        <InputControl
          input={input}
          label={label}
          value={plan.inputs[name]}
          refusal={refusal}
          disabled={!canEdit}
          onChange={(_, value) => set(value)}
          onPress={reset}
        />
      ) : (
        <span className={styles.inputName}>
          {label} <span className={styles.default}>{plainText(standard)} default</span>
        </span>
      )}
      {canEdit && input.kind !== "file" && (
        <Button
          small
          variant="quiet"
          aria-label={own ? `Use the default of ${label}` : `Set ${label}`}
          onPress={own ? reset : () => set(standard)}
        >
          {own ? "Use default" : "Set"}
        </Button>
      )}
    </li>
  );
}

/** A default in a word, where it is one. */
function plainText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** [SCH20] The next five, as the form stands. */
function Next({
  project,
  plan,
  canEdit,
  kept,
  onRefused,
}: {
  readonly project: string;
  readonly plan: Plan;
  readonly canEdit: boolean;
  readonly kept: ScheduleBody | null;
  readonly onRefused: (error: ApiError | null) => void;
}) {
  const now = useNow();
  const wanted = useRested(JSON.stringify(timingOf(plan)));
  const preview = useQuery({
    queryKey: ["schedule-preview", project, wanted],
    queryFn: async () => {
      try {
        const body = JSON.parse(wanted) as ScheduleRequest;
        const found = await post<SchedulePreview>(`/projects/${project}/schedules/preview`, body);
        onRefused(null);
        return found;
      } catch (error) {
        if (error instanceof ApiError && error.status === 422) {
          onRefused(error);
          return null;
        }
        throw error;
      }
    },
    enabled: canEdit,
    placeholderData: (before) => before,
    retry: false,
  });
  const shown = canEdit ? preview.data : kept;
  const firings = firingsOf(shown?.nextRuns ?? [], plan.timezone, now);
  return (
    <aside className={styles.next5} aria-label="Next five runs" aria-busy={preview.isFetching}>
      <h3 className={styles.nextTitle}>Next five runs</h3>
      {shown && <p className={styles.nextWords}>{shown.words}</p>}
      {preview.isError && <p className={styles.hint}>{preview.error.message}</p>}
      {canEdit && preview.isPending && <Spinner />}
      {shown === null && <p className={styles.hint}>They are shown once the rule is complete.</p>}
      <ol className={styles.firings}>
        {firings.map((one, at) => (
          <li key={one.iso}>
            {one.moved && (
              <p className={styles.moved}>Clocks change before this one: {one.offset} from then on.</p>
            )}
            <time className={styles.firing} dateTime={one.iso}>
              <span>{one.day}</span>
              <span>{one.time}</span>
              <span className={styles.when}>{at === 0 ? comesIn(one.iso, now) : one.offset}</span>
            </time>
          </li>
        ))}
      </ol>
      <p className={styles.hint}>
        {plan.enabled
          ? `Times in ${plan.timezone}.`
          : `Paused: none of them runs. Times in ${plan.timezone}.`}
      </p>
    </aside>
  );
}

/** A text once it has not changed for a moment. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), RESTS);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}

function LastRuns({
  workspace,
  project,
  runs,
}: {
  readonly workspace: string;
  readonly project: string;
  readonly runs: readonly ScheduledRun[];
}) {
  return (
    <section className={styles.lastRuns} aria-label="Last runs">
      <div className={styles.lastHead}>
        <h3 className={styles.nextTitle}>Last runs</h3>
        <a href={`/${workspace}/project/${project}/runs?trigger=SCHEDULED`}>Run log</a>
      </div>
      <ul className={styles.list}>
        {runs.map((run) => {
          const mark = runMark(run);
          const took =
            run.startTime !== null && run.endTime !== null
              ? secondsText((Date.parse(run.endTime) - Date.parse(run.startTime)) / 1000)
              : "";
          return (
            <li key={run.runId} className={styles.run} data-run={run.runId} data-status={run.status}>
              <StateMark tone={mark.tone} shape={mark.shape}>
                {mark.words}
              </StateMark>
              <Ago at={run.dueAt ?? run.createdAt} />
              <span className={styles.note}>{runNote(run)}</span>
              <span>{took}</span>
              <span>{run.projectVersion === null ? "" : `version ${run.projectVersion}`}</span>
              <a href={`/${workspace}/project/${project}/runs#${run.runId}`}>Open</a>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
