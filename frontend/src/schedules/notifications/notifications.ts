// Notifications in a form: new ones, those that are kept, and how they are said. Pure.

import type {
  ConditionBody,
  DeliveryBody,
  NotificationBody,
  NotificationRequest,
  NotificationSettings,
  NotifiableCell,
} from "../../wire";
import type { Shape, Tone } from "../../ui/State";

export type When = NotificationRequest["type"];

export const WHEN: readonly { readonly id: When; readonly name: string }[] = [
  { id: "ALL", name: "every run" },
  { id: "SUCCESS", name: "a run that went well" },
  { id: "FAILURE", name: "a run that failed" },
  { id: "CONDITION", name: "a number beyond a bound" },
];

export const OPERATORS: readonly { readonly id: ConditionBody["operator"]; readonly name: string }[] = [
  { id: "<", name: "is below" },
  { id: "<=", name: "is at most" },
  { id: ">", name: "is above" },
  { id: ">=", name: "is at least" },
  { id: "=", name: "is equal to" },
  { id: "!=", name: "is not equal to" },
];

const EMPTY: NotificationRequest = {
  type: "ALL",
  condition: null,
  userIds: [],
  groupIds: [],
  emails: [],
  webhookUrl: "",
  includeSuccessScreenshot: false,
  screenshotFormat: null,
  tables: [],
  subject: null,
  body: null,
  slackChannelIds: [],
};

/** A new one; an e-mail comes with a picture where the server can take one. */
export function newNotification(
  kind: "email" | "webhook",
  settings: NotificationSettings,
): NotificationRequest {
  return kind === "email"
    ? { ...EMPTY, includeSuccessScreenshot: settings.picturesReady }
    : { ...EMPTY, webhookUrl: "https://" };
}

export function isWebhook(one: NotificationRequest): boolean {
  return one.webhookUrl !== "";
}

/** What is kept, as it is sent back. */
export function requestOf(kept: NotificationBody): NotificationRequest {
  const { recipients: _, ...rest } = kept;
  return { ...EMPTY, ...rest };
}

/** Names of the recipients that are known: `user:{id}`, `group:{id}` → name. */
export function namesOf(kept: readonly NotificationBody[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const one of kept) {
    for (const { id, name } of one.recipients) {
      if (one.userIds.includes(id)) names.set(`user:${id}`, name);
      if (one.groupIds.includes(id)) names.set(`group:${id}`, name);
    }
  }
  return names;
}

export interface Recipient {
  /** `user:{id}`, `group:{id}`, or an e-mail address. */
  readonly key: string;
  readonly name: string;
}

export function recipientsOf(
  one: NotificationRequest,
  names: ReadonlyMap<string, string>,
): readonly Recipient[] {
  return [
    ...one.userIds.map((id) => `user:${id}`),
    ...one.groupIds.map((id) => `group:${id}`),
    ...one.emails,
  ].map((key) => ({ key, name: names.get(key) ?? key.replace(/^(user|group):/, "") }));
}

/** With somebody added (`user:{id}`, `user:{e-mail}`, `group:{id}`), once. */
export function withRecipient(one: NotificationRequest, principal: string): NotificationRequest {
  const [kind, who = ""] = split(principal);
  const added = (all: readonly string[]): readonly string[] => (all.includes(who) ? all : [...all, who]);
  if (kind === "group") return { ...one, groupIds: added(one.groupIds) };
  return who.includes("@") ? { ...one, emails: added(one.emails) } : { ...one, userIds: added(one.userIds) };
}

export function withoutRecipient(one: NotificationRequest, key: string): NotificationRequest {
  const [kind, who] = split(key);
  const without = (all: readonly string[]): readonly string[] => all.filter((id) => id !== who);
  if (kind === "group") return { ...one, groupIds: without(one.groupIds) };
  if (kind === "user") return { ...one, userIds: without(one.userIds) };
  return { ...one, emails: one.emails.filter((email) => email !== key) };
}

function split(key: string): readonly [string, string] {
  const at = key.indexOf(":");
  return at < 0 ? ["", key] : [key.slice(0, at), key.slice(at + 1)];
}

/** With another occasion; a condition begins with the first number that there is. */
export function withWhen(
  one: NotificationRequest,
  type: When,
  cells: readonly NotifiableCell[],
): NotificationRequest {
  if (type !== "CONDITION") return { ...one, type, condition: null };
  const cell = cells.find((found) => found.measures.includes("value")) ?? cells[0];
  if (!cell) return one;
  return { ...one, type, condition: one.condition ?? conditionOn(cell, { operator: ">", bound: 0 }) };
}

export function conditionOn(
  cell: NotifiableCell,
  rest: Pick<ConditionBody, "operator" | "bound">,
): ConditionBody {
  return { cell: cell.id, measure: cell.measures[0] ?? "value", operator: rest.operator, bound: rest.bound };
}

/** What became of a letter, as a mark and words. */
export function deliveryMark({ status, error }: DeliveryBody): {
  readonly tone: Tone;
  readonly shape: Shape;
  readonly words: string;
} {
  switch (status) {
    case "SENT":
      return { tone: "ok", shape: "check", words: "Sent" };
    case "PENDING":
      return error
        ? { tone: "warn", shape: "refresh", words: "Is tried again" }
        : { tone: "info", shape: "spinner", words: "On its way" };
    case "WITHHELD":
      return { tone: "warn", shape: "skip", words: "Not sent" };
    case "FAILED":
      return { tone: "error", shape: "error", words: "Given up" };
    case null:
      return { tone: "muted", shape: "dash", words: "Not called for" };
    default: {
      const never: never = status;
      return never;
    }
  }
}

/** A letter that is being sent for the first time: in a moment it is known how that went. */
export function isOnItsWay({ status, error }: DeliveryBody): boolean {
  return status === "PENDING" && !error;
}
