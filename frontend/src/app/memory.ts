// What a tab remembers of an app: its session, per version, and values for the page that comes next. It goes with the
// tab. A duplicated tab gets a copy, and so finds the same session. A browser that forbids storage remembers nothing.

import type { Values } from "../core/carry";
import { isRecord } from "../core/values";

const sessionKey = (project: string, version: number | null): string =>
  `${sessionsOf(project)}${version ?? ""}`;
const sessionsOf = (project: string): string => `vernissage:session:${project}:`;
const keepKey = (project: string): string => `vernissage:keep:${project}`;

function read(key: string): string {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function write(key: string, value: string): void {
  try {
    if (value) sessionStorage.setItem(key, value);
    else sessionStorage.removeItem(key);
  } catch {
    // Forbidden or full: then a reload begins a new session.
  }
}

export const memory = {
  session: (project: string, version: number | null): string => read(sessionKey(project, version)),
  setSession: (project: string, version: number | null, session: string): void =>
    write(sessionKey(project, version), session),
  /** Of every version. */
  forget: (project: string): void => {
    try {
      for (const key of Object.keys(sessionStorage)) {
        if (key.startsWith(sessionsOf(project))) sessionStorage.removeItem(key);
      }
    } catch {
      // Nothing was remembered.
    }
  },
  keep: (project: string, values: Values): void =>
    write(keepKey(project), Object.keys(values).length > 0 ? JSON.stringify(values) : ""),
  /** What was kept for this page, once. */
  take: (project: string): Values | null => {
    const text = read(keepKey(project));
    write(keepKey(project), "");
    const values: unknown = text ? JSON.parse(text) : null;
    return isRecord(values) ? values : null;
  },
};
