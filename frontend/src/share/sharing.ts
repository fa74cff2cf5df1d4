// Who has access to a project: what the server keeps, and how it is said.

import { useCallback, useEffect, useState } from "react";

import { ApiError, get, put } from "../net/api";
import type { GrantBody, Sharing } from "../wire";

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

export interface SharingState {
  /** null = not loaded yet. */
  readonly grants: readonly GrantBody[] | null;
  /** What the server would not do; "" = nothing. */
  readonly error: string;
  /** Replaces all grants; shows them at once, and the old ones again where the server refuses. */
  readonly save: (grants: readonly GrantBody[]) => Promise<boolean>;
}

export function useSharing(project: string): SharingState {
  const [grants, setGrants] = useState<readonly GrantBody[] | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    let wanted = true;
    void (async () => {
      try {
        const sharing = await get<Sharing>(`/projects/${project}/sharing`);
        if (wanted) setGrants(sharing.grants);
      } catch (reason) {
        if (wanted) setError(sentenceOf(reason));
      }
    })();
    return () => {
      wanted = false;
    };
  }, [project]);
  const save = useCallback(
    async (next: readonly GrantBody[]): Promise<boolean> => {
      const before = grants;
      setGrants(next);
      setError("");
      try {
        const answer = await put<Sharing | undefined>(`/projects/${project}/sharing`, { grants: next });
        // The server names people and may have joined grants.
        if (answer) setGrants(answer.grants);
        return true;
      } catch (reason) {
        setGrants(before);
        setError(sentenceOf(reason));
        return false;
      }
    },
    [project, grants],
  );
  return { grants, error, save };
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

function sentenceOf(reason: unknown): string {
  if (reason instanceof ApiError) return `${reason.message} ${reason.hint}`.trim();
  return reason instanceof Error ? reason.message : String(reason);
}
