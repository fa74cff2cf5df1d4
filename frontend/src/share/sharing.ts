// Who has access to a project: what the server keeps, and how it is said.

import { useCallback, useEffect, useState } from "react";

import { ApiError, get, post, put } from "../net/api";
import type { Option } from "../ui/Field";
import type {
  AccessRequestBody,
  AccessRequestList,
  Decision,
  GrantBody,
  NewOwner,
  PrincipalBody,
  PrincipalList,
  Sharing,
} from "../wire";

export type Access = GrantBody["access"];

export const ACCESS_NAMES: Readonly<Record<Access, string>> = {
  APP_ONLY: "App only",
  CAN_VIEW: "Can view",
  CAN_EDIT: "Can edit",
  FULL_ACCESS: "Full access",
};

export const ACCESS_HINTS: Readonly<Record<Access, string>> = {
  APP_ONLY: "The published app and nothing else",
  CAN_VIEW: "The logic, versions and runs too",
  CAN_EDIT: "Edits, publishes, shares",
  FULL_ACCESS: "Deletes and hands over too",
};

/** Levels as a form offers them. */
export function options(levels: readonly Access[]): readonly Option<Access>[] {
  return levels.map((id) => ({ id, name: ACCESS_NAMES[id], hint: ACCESS_HINTS[id] }));
}

/** What a person or a group may be given. */
export const PERSON_LEVELS = options(["APP_ONLY", "CAN_VIEW", "CAN_EDIT", "FULL_ACCESS"]);

export interface SharingState {
  /** null = not loaded yet. */
  readonly grants: readonly GrantBody[] | null;
  /** `user:{id}` of the owner; "" = not loaded yet. */
  readonly owner: string;
  /** What the server would not do; "" = nothing. */
  readonly error: string;
  /** Whose access is being changed; "" = nobody's. */
  readonly busy: string;
  /** Gives a principal another access, null takes it away; shown once the server has it. */
  readonly change: (principal: string, access: Access | null) => Promise<boolean>;
  /** Hands the project over to a user (`user:{id}`). */
  readonly handOver: (principal: string) => Promise<boolean>;
  /** Asks the server once more, where something else has changed it. */
  readonly reload: () => void;
}

export function useSharing(project: string): SharingState {
  const [sharing, setSharing] = useState<Sharing | null>(null);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState("");
  const load = useCallback(
    (wanted: () => boolean) =>
      get<Sharing>(`/projects/${project}/sharing`).then(
        (found) => wanted() && setSharing(found),
        (reason: unknown) => wanted() && setError(sentenceOf(reason)),
      ),
    [project],
  );
  useEffect(() => {
    let wanted = true;
    void load(() => wanted);
    return () => {
      wanted = false;
    };
  }, [load]);
  const doing = useCallback(async (principal: string, work: () => Promise<Sharing>): Promise<boolean> => {
    setBusy(principal);
    setError("");
    try {
      setSharing(await work());
      return true;
    } catch (reason) {
      setError(sentenceOf(reason));
      return false;
    } finally {
      setBusy("");
    }
  }, []);
  const change = useCallback(
    (principal: string, access: Access | null) =>
      doing(principal, async () => {
        // Somebody else may have shared meanwhile: what they gave stays.
        const now = await get<Sharing>(`/projects/${project}/sharing`);
        const grants = withAccess(now.grants, principal, access);
        return put<Sharing>(`/projects/${project}/sharing`, { grants });
      }),
    [project, doing],
  );
  const handOver = useCallback(
    (principal: string) =>
      doing(principal, () =>
        put<Sharing>(`/projects/${project}/owner`, {
          owner: principal.replace("user:", ""),
        } satisfies NewOwner),
      ),
    [project, doing],
  );
  return {
    grants: sharing?.grants ?? null,
    owner: sharing?.owner ?? "",
    error,
    busy,
    change,
    handOver,
    reload: () => void load(() => true),
  };
}

export interface RequestsState {
  /** null = not loaded, or not for this person to see: they have less than Full access. */
  readonly requests: readonly AccessRequestBody[] | null;
  readonly error: string;
  /** Accepts with an access, or declines with null; true = done. */
  readonly decide: (request: AccessRequestBody, access: Access | null) => Promise<boolean>;
}

/** Open requests for access: to one project, or ("") to all that one has Full access to. */
export function useRequests(project: string): RequestsState {
  const [requests, setRequests] = useState<readonly AccessRequestBody[] | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    let wanted = true;
    get<AccessRequestList>(project ? `/projects/${project}/access-requests` : "/access-requests").then(
      (found) => wanted && setRequests(found.values),
      (reason: unknown) =>
        wanted && !(reason instanceof ApiError && reason.status === 403) && setError(sentenceOf(reason)),
    );
    return () => {
      wanted = false;
    };
  }, [project]);
  const decide = async (request: AccessRequestBody, access: Access | null): Promise<boolean> => {
    setError("");
    try {
      await post(`/projects/${request.project}/access-requests/${request.id}`, { access } satisfies Decision);
    } catch (reason) {
      setError(sentenceOf(reason));
      // Decided by somebody else: there is nothing left to decide.
      if (!(reason instanceof ApiError && [404, 409].includes(reason.status))) return false;
    }
    setRequests((all) => all && all.filter((one) => one.id !== request.id));
    return true;
  };
  return { requests, error, decide };
}

/** People, groups and tokens that fit what is typed, as lines to choose from. */
export function usePrincipals(typed: string): ReadonlyMap<string, PrincipalBody> {
  const [found, setFound] = useState<ReadonlyMap<string, PrincipalBody>>(new Map());
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(() => {
      get<PrincipalList>("/principals", { query: { search: typed.trim(), limit: 20 } }).then(
        (list) => wanted && setFound(new Map(list.values.map((one) => [lineOf(one), one]))),
        () => wanted && setFound(new Map()),
      );
    }, TYPING_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [typed]);
  return found;
}

const TYPING_MS = 120;

/** "Ana Lind · ana@example.org", "Analysts · group, 3 people". */
export function lineOf({ name, detail, kind }: PrincipalBody): string {
  return `${name} · ${kind === "group" ? `group, ${detail}` : detail}`;
}

/** What is meant by what stands in the field: a line that was chosen, or an e-mail that was written; "" = nobody. */
export function meant(text: string, lines: ReadonlyMap<string, PrincipalBody>): string {
  const chosen = lines.get(text.trim());
  if (chosen) return chosen.principal;
  const email = text.trim().toLowerCase();
  return /^\S+@\S+$/.test(email) ? `user:${email}` : "";
}

/** The grant of one principal; null = none. */
export function accessOf(grants: readonly GrantBody[], principal: string): Access | null {
  return grants.find((grant) => grant.principal === principal)?.access ?? null;
}

/** The grants with one principal's access changed; null takes it away. */
export function withAccess(
  grants: readonly GrantBody[],
  principal: string,
  access: Access | null,
): readonly GrantBody[] {
  const known = grants.find((grant) => grant.principal === principal);
  if (access === null) return grants.filter((grant) => grant.principal !== principal);
  if (known) return grants.map((grant) => (grant === known ? { ...grant, access } : grant));
  return [...grants, { principal, access, name: "" }];
}

/** One sentence: who can see the app. */
export function audienceOf(grants: readonly GrantBody[]): string {
  if (accessOf(grants, "web")) return "Anyone with the link can see the app.";
  const people = grants.filter((grant) => grant.principal.startsWith("user:")).length;
  const groups = grants.filter((grant) => grant.principal.startsWith("group:")).length;
  if (accessOf(grants, "workspace")) return "Everyone in the workspace can see the app.";
  if (people <= 1 && groups === 0) return "Only you can see the app.";
  const parts = [
    people > 0 ? `${people} ${people === 1 ? "person" : "people"}` : "",
    groups > 0 ? `${groups} ${groups === 1 ? "group" : "groups"}` : "",
  ].filter(Boolean);
  return `${parts.join(" and ")} can see the app.`;
}

/** What went wrong, and what to do. */
export function sentenceOf(reason: unknown): string {
  if (reason instanceof ApiError) return `${reason.message} ${reason.hint}`.trim();
  return reason instanceof Error ? reason.message : String(reason);
}
