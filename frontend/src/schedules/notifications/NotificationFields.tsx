// Who is told of a run: e-mails and webhooks in a form, each with its occasion, its recipients and what comes along.
//
// The form that it stands in keeps what is set; here only asks are made: who has no access to the app (the offer to give
// App only is one button), which addresses an admin has to allow, and the test.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";

import { get, post } from "../../net/api";
import { meant, usePrincipals, useSharing } from "../../share/sharing";
import { Button, IconButton } from "../../ui/Button";
import { Select, Switch, TextField } from "../../ui/Field";
import { Spinner } from "../../ui/Spinner";
import { Banner, StateMark } from "../../ui/State";
import { SuggestField } from "../../ui/SuggestField";
import type {
  DeliveryList,
  NotificationBody,
  NotificationDoubts,
  NotificationRequest,
  NotificationSettings,
} from "../../wire";
import styles from "./NotificationFields.module.css";
import {
  conditionOn,
  deliveryMark,
  isWebhook,
  namesOf,
  newNotification,
  OPERATORS,
  recipientsOf,
  WHEN,
  withoutRecipient,
  withRecipient,
  withWhen,
} from "./notifications";

export interface NotificationFieldsProps {
  readonly project: string;
  readonly value: readonly NotificationRequest[];
  readonly onChange: (value: readonly NotificationRequest[]) => void;
  /** As the server keeps them: where the names of recipients come from. */
  readonly kept: readonly NotificationBody[];
}

export function NotificationFields({ project, value, onChange, kept }: NotificationFieldsProps) {
  const settings = useQuery({
    queryKey: ["notification-settings", project],
    queryFn: () => get<NotificationSettings>(`/projects/${project}/notifications`),
  });
  const [added, setAdded] = useState<ReadonlyMap<string, string>>(new Map());
  if (settings.isError) {
    return (
      <Banner tone="error" icon="error">
        {settings.error.message}
      </Banner>
    );
  }
  if (!settings.data) return <Spinner />;
  const about = settings.data;
  const names = new Map([...namesOf(kept), ...added]);
  const set = (at: number, one: NotificationRequest): void =>
    onChange(value.map((other, place) => (place === at ? one : other)));
  return (
    <div className={styles.fields}>
      {value.map((one, at) => (
        <Fields
          // Notifications have no identity but their place.
          // eslint-disable-next-line react/no-array-index-key
          key={at}
          project={project}
          one={one}
          about={about}
          names={names}
          onName={(principal, name) => setAdded((before) => new Map(before).set(principal, name))}
          onChange={(changed) => set(at, changed)}
          onRemove={() => onChange(value.filter((_, place) => place !== at))}
        />
      ))}
      <div className={styles.acts}>
        <Button icon="plus" onPress={() => onChange([...value, newNotification("email", about)])}>
          E-mail
        </Button>
        <Button icon="plus" onPress={() => onChange([...value, newNotification("webhook", about)])}>
          Webhook
        </Button>
      </div>
      {value.some((one) => !isWebhook(one)) && !about.mailReady && (
        <Banner tone="warn" icon="warn">
          No mail server is set, so e-mails wait. An admin sets it; webhooks work.
        </Banner>
      )}
    </div>
  );
}

interface FieldsProps {
  readonly project: string;
  readonly one: NotificationRequest;
  readonly about: NotificationSettings;
  readonly names: ReadonlyMap<string, string>;
  readonly onName: (principal: string, name: string) => void;
  readonly onChange: (one: NotificationRequest) => void;
  readonly onRemove: () => void;
}

function Fields({ project, one, about, names, onName, onChange, onRemove }: FieldsProps) {
  const id = useId();
  const webhook = isWebhook(one);
  const test = useMutation({
    mutationFn: () => post<DeliveryList>(`/projects/${project}/notifications/test`, { notification: one }),
  });
  const tables = about.cells.filter((cell) => cell.table);
  return (
    <section className={styles.one} aria-labelledby={id}>
      <div className={styles.head}>
        <h4 id={id}>{webhook ? "Webhook" : "E-mail"}</h4>
        <IconButton icon="close" label={`Remove this ${webhook ? "webhook" : "e-mail"}`} onPress={onRemove} />
      </div>
      <div className={styles.row}>
        <Select
          label="After"
          options={WHEN.filter(({ id: when }) => when !== "CONDITION" || about.cells.length > 0)}
          selected={one.type}
          onSelect={(type) => onChange(withWhen(one, type, about.cells))}
        />
        {one.condition && <Condition one={one} about={about} onChange={onChange} />}
      </div>
      {webhook ? (
        <TextField
          label="Address"
          value={one.webhookUrl}
          placeholder="https://hooks.example.com/…"
          hint={
            <>
              It gets JSON that Slack understands, signed with <code>{about.webhookSecret}</code>
            </>
          }
          onChange={(url) => onChange({ ...one, webhookUrl: url || "https://" })}
        />
      ) : (
        <>
          <Recipients {...{ project, one, about, names, onName, onChange }} />
          <Switch
            isSelected={one.includeSuccessScreenshot}
            isDisabled={!about.picturesReady && !one.includeSuccessScreenshot}
            onChange={(on) => onChange({ ...one, includeSuccessScreenshot: on })}
          >
            Picture of the app
          </Switch>
          {!about.picturesReady && (
            <p className={styles.hint}>
              There is no Chromium on the server, so letters go without a picture.
            </p>
          )}
          {tables.length > 0 && (
            <fieldset className={styles.tables}>
              <legend>Tables as CSV</legend>
              {tables.map((cell) => (
                <label key={cell.id} className={styles.box}>
                  <input
                    type="checkbox"
                    checked={one.tables.includes(cell.id)}
                    onChange={({ target }) =>
                      onChange({
                        ...one,
                        tables: target.checked
                          ? [...one.tables, cell.id]
                          : one.tables.filter((other) => other !== cell.id),
                      })
                    }
                  />
                  {cell.name}
                </label>
              ))}
            </fieldset>
          )}
        </>
      )}
      <TextField
        label="Subject"
        value={one.subject ?? ""}
        placeholder="What happened, in our words"
        onChange={(subject) => onChange({ ...one, subject: subject || null })}
      />
      <div className={styles.acts}>
        <Button small busy={test.isPending} onPress={() => test.mutate()}>
          {webhook ? "Send a test" : "Send a test to me"}
        </Button>
        <output className={styles.said}>
          {test.data?.deliveries.map((delivery) => {
            const mark = deliveryMark(delivery);
            return (
              <StateMark key={delivery.recipient.id} tone={mark.tone} shape={mark.shape}>
                {mark.words}
                {delivery.error ? `: ${delivery.error}` : ""}
              </StateMark>
            );
          })}
          {test.isError && test.error.message}
        </output>
      </div>
    </section>
  );
}

function Condition({
  one,
  about,
  onChange,
}: {
  readonly one: NotificationRequest;
  readonly about: NotificationSettings;
  readonly onChange: (one: NotificationRequest) => void;
}) {
  const { condition } = one;
  const [typed, setTyped] = useState(String(condition?.bound ?? 0));
  if (!condition) return null;
  const change = (part: Partial<typeof condition>): void =>
    onChange({ ...one, condition: { ...condition, ...part } });
  return (
    <>
      <Select
        label="Of"
        options={about.cells.map(({ id, name, measures }) => ({
          id,
          name,
          hint: measures.includes("value") ? "its value" : "its rows, counted",
        }))}
        selected={condition.cell}
        onSelect={(cell) => {
          const chosen = about.cells.find(({ id }) => id === cell);
          if (chosen) onChange({ ...one, condition: conditionOn(chosen, condition) });
        }}
      />
      <Select
        label="That"
        options={OPERATORS}
        selected={condition.operator}
        onSelect={(operator) => change({ operator })}
      />
      <TextField
        label="Bound"
        inputMode="decimal"
        value={typed}
        error={typed.trim() === "" || !Number.isFinite(Number(typed)) ? "A number is wanted." : ""}
        onChange={(text) => {
          setTyped(text);
          if (text.trim() !== "" && Number.isFinite(Number(text))) change({ bound: Number(text) });
        }}
      />
    </>
  );
}

type RecipientsProps = Omit<FieldsProps, "onRemove">;

function Recipients({ project, one, about, names, onName, onChange }: RecipientsProps) {
  const [typed, setTyped] = useState("");
  const [count, setCount] = useState(0);
  const lines = usePrincipals(typed);
  const sharing = useSharing(project);
  const client = useQueryClient();
  const people = recipientsOf(one, names);
  const doubts = useQuery({
    queryKey: ["notification-doubts", project, one.userIds, one.groupIds, one.emails],
    queryFn: () =>
      post<NotificationDoubts>(`/projects/${project}/notifications/check`, { notifications: [one] }),
    enabled: people.length > 0,
    placeholderData: (before) => before,
  });
  const again = (): Promise<void> => client.invalidateQueries({ queryKey: ["notification-doubts", project] });
  const allow = useMutation({
    mutationFn: (address: string) => post("/outside-addresses", { address }),
    onSuccess: again,
  });
  const without = people.length > 0 ? (doubts.data?.withoutAccess ?? []) : [];
  const outside = people.length > 0 ? (doubts.data?.notAllowed ?? []) : [];
  return (
    <div className={styles.people}>
      {people.length > 0 && (
        <ul className={styles.chips} aria-label="Recipients">
          {people.map(({ key, name }) => (
            <li key={key} className={styles.chip}>
              {name}
              <IconButton
                icon="close"
                label={`Leave ${name} out`}
                onPress={() => onChange(withoutRecipient(one, key))}
              />
            </li>
          ))}
        </ul>
      )}
      <SuggestField
        key={count}
        label="Add a person, a group or an address"
        placeholder="Name or e-mail"
        value=""
        suggestions={[...lines.keys()]}
        onType={setTyped}
        onCommit={(text) => {
          const principal = meant(text, lines);
          if (!principal) return text === "" ? "" : "Choose somebody, or write an e-mail address.";
          const chosen = lines.get(text);
          if (chosen) onName(principal, chosen.name);
          onChange(withRecipient(one, principal));
          setTyped("");
          setCount((before) => before + 1);
          return "";
        }}
      />
      {without.map(({ principal, name }) => (
        <Banner key={principal} tone="warn" icon="warn">
          <span>{name} has no access to the app, so no letter would reach them. </span>
          <Button
            small
            busy={sharing.busy === principal}
            onPress={() => void sharing.change(principal, "APP_ONLY").then(again)}
          >
            Give App only
          </Button>
        </Banner>
      ))}
      {outside.map((address) => (
        <Banner key={address} tone="warn" icon="warn">
          <span>
            {address} is outside the workspace
            {about.outsideAddresses ? "; an admin has to allow it. " : ", and nothing is sent there. "}
          </span>
          {about.mayAllow && about.outsideAddresses && (
            <Button small busy={allow.isPending} onPress={() => allow.mutate(address)}>
              Allow
            </Button>
          )}
        </Banner>
      ))}
      {sharing.error && <p className={styles.hint}>{sharing.error}</p>}
      {people.length > 0 && doubts.isError && <p className={styles.hint}>{doubts.error.message}</p>}
    </div>
  );
}
