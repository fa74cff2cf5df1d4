// What the audit log says, as sentences. Pure.

import { ACCESS_NAMES, type Access } from "../share/sharing";
import type { AuditBody } from "../wire";

export type Action = AuditBody["action"];

type Say = (named: (field: string) => string, entry: AuditBody) => string;

/** A name for the filter, and the sentence of one entry after the name of whoever did it. */
export const ACTIONS: Readonly<Record<Action, { readonly name: string; readonly say: Say }>> = {
  sign_in: { name: "Sign-in", say: (named) => `signed in${by(named("by"))}` },
  sign_in_refused: {
    name: "Refused sign-in",
    say: (named) => `was not let in${by(named("by"))}${about(named("email") || named("why"))}`,
  },
  sign_out: { name: "Sign-out", say: () => "signed out" },
  add_user: { name: "Person added", say: (named) => `added ${named("email")} as ${named("role")}` },
  set_role: {
    name: "Role changed",
    say: (named) => `made ${named("user")}, ${named("before")} before, ${named("after")}`,
  },
  disable_user: { name: "Person disabled", say: (named) => `disabled ${named("user")}` },
  enable_user: { name: "Person enabled", say: (named) => `enabled ${named("user")} again` },
  set_password: { name: "Password changed", say: () => "changed their password" },
  sign_in_link: { name: "Sign-in link", say: (named) => `made a sign-in link for ${named("user")}` },
  create_token: {
    name: "Token made",
    say: (named) => `made the ${named("workspace") ? "workspace " : ""}token ${named("name")}`,
  },
  revoke_token: {
    name: "Token revoked",
    say: (named) => `revoked the ${named("workspace") ? "workspace " : ""}token ${named("name")}`,
  },
  add_group: { name: "Group made", say: (named) => `made the group ${named("name")}` },
  rename_group: {
    name: "Group renamed",
    say: (named) => `renamed the group ${named("before")} to ${named("after")}`,
  },
  remove_group: { name: "Group removed", say: (named) => `removed the group ${named("name")}` },
  add_member: { name: "Group joined", say: (named) => `put ${named("user")} into ${named("name")}` },
  remove_member: { name: "Group left", say: (named) => `took ${named("user")} out of ${named("name")}` },
  share: { name: "Access changed", say: (_, entry) => shared(entry) },
  transfer: { name: "Owner changed", say: (named) => `handed the project to ${named("after")}` },
  take_access: { name: "Access taken", say: (named) => `gave themselves ${named("access")}` },
  request_access: { name: "Access asked for", say: () => "asked for access" },
  accept_request: {
    name: "Request accepted",
    say: (named) => `gave ${named("user")}, who had asked, ${named("access")}`,
  },
  decline_request: { name: "Request declined", say: (named) => `declined the request of ${named("user")}` },
  publish: { name: "Published", say: () => "published" },
  republish: { name: "Published again", say: () => "published an older version again" },
  unpublish: { name: "Unpublished", say: () => "took the app down" },
  restore_results: { name: "Results restored", say: () => "made a past run's results the published ones" },
  save_version: { name: "Version saved", say: () => "saved a version" },
  name_version: { name: "Version named", say: () => "named a version" },
  end_sessions: { name: "Sessions ended", say: () => "ended the open sessions" },
  revert: { name: "Reverted", say: () => "went back to a version" },
  add_schedule: { name: "Schedule made", say: (named) => `made a schedule: ${named("words")}` },
  change_schedule: { name: "Schedule changed", say: (named) => `changed a schedule: ${named("words")}` },
  remove_schedule: { name: "Schedule removed", say: (named) => `removed a schedule: ${named("words")}` },
  trash: { name: "Moved to trash", say: () => "moved the project to the trash" },
  restore: { name: "Out of the trash", say: () => "opened the project again" },
  set_secret: { name: "Secret set", say: (named) => `set the secret ${named("name")}` },
  remove_secret: { name: "Secret removed", say: (named) => `removed the secret ${named("name")}` },
  allow_address: { name: "Address allowed", say: (named) => `allowed mail to ${named("address")}` },
  forbid_address: { name: "Address forbidden", say: (named) => `forbade mail to ${named("address")}` },
  create_embed: { name: "Signed embed made", say: () => "made a signed embed" },
  set_embed_origins: { name: "Embedding sites", say: () => "changed the sites that may embed apps" },
};

/** What somebody did, without their name. */
export function sentenceFor(entry: AuditBody): string {
  return ACTIONS[entry.action].say((field) => readable(entry, entry.detail[field]), entry);
}

function by(how: string): string {
  const ways: Readonly<Record<string, string>> = {
    password: "with a password",
    link: "by a sign-in link",
    openid: "with the sign-in provider",
    proxy: "by the proxy",
  };
  return how ? ` ${ways[how] ?? how}` : "";
}

function about(what: string): string {
  return what ? `: ${what}` : "";
}

/** A value of the detail as people read it: names for ids, words for levels. */
function readable(entry: AuditBody, value: unknown): string {
  if (value === undefined || value === null || value === false) return "";
  const text = String(value);
  const place = text.replace(/^(user|group):/, "");
  return (
    entry.names[place] ??
    ACCESS_NAMES[text as Access] ??
    { workspace: "everyone in the workspace", web: "anyone with the link" }[text] ??
    text
  );
}

/** Who got what, and from whom it was taken. */
function shared(entry: AuditBody): string {
  const grants = (field: string): Readonly<Record<string, string>> =>
    (entry.detail[field] as Readonly<Record<string, string>> | undefined) ?? {};
  const before = grants("before");
  const after = grants("after");
  const gave = Object.entries(after)
    .filter(([principal, access]) => before[principal] !== access)
    .map(([principal, access]) => `gave ${readable(entry, principal)} ${readable(entry, access)}`);
  const took = Object.keys(before)
    .filter((principal) => !(principal in after))
    .map((principal) => `took access from ${readable(entry, principal)}`);
  return [...gave, ...took].join(", ") || "changed who has access";
}
