// What an app's page says it is doing (`data-app-state`), from the connection and its room. Pure.

import type { RoomState } from "../net/socket";
import type { RunProgress } from "../wire";

export type AppState =
  "results" | "no-results" | "starting" | "running" | "idle" | "error" | "offline" | "ended";

/** results: published results, no kernel. idle: a live kernel, nothing runs. error: the kernel is dead. */
export function appState({ status, room }: Pick<RoomState, "status" | "room">): AppState {
  if (status === "ended") return "ended";
  if (status === "offline") return "offline";
  if (!room) return "starting";
  const { kernel, run } = room;
  if (kernel.state === "dead") return "error";
  if (kernel.state === "queued") return "starting";
  if (run?.status === "running" || kernel.state === "busy") return "running";
  if (kernel.state === "starting") return "starting";
  if (room.results?.fresh) return "results";
  if (kernel.state === "idle") return "idle";
  return room.results ? "results" : "no-results";
}

/** The session has ended and the page goes on: what is done next begins a new one with the page's values. */
export function goesOn({ status, ended, lived, room }: RoomState): boolean {
  return status === "ended" && ended?.reason === "session_ended" && lived && room?.kind === "app";
}

/** A session that was joined by its link, but was over before. */
export function gone({ status, ended, lived, room }: RoomState): boolean {
  return status === "ended" && ended?.reason === "session_ended" && !lived && room?.kind === "app";
}

/** "cell 5 of 9": which of the run's cells is being computed, counted from one. */
export function progressText(run: RunProgress): string {
  const all = run.planned.length;
  return all === 0 ? "starting" : `cell ${Math.min(run.finished + 1, all)} of ${all}`;
}

/** How long ago, as one says it: "just now", "5 min ago", "2 h ago", "3 d ago". */
export function agoText(at: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(at)) / 1000);
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 45) return "just now";
  if (seconds < 3_600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3_600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}

/** Seconds as they count up: 3.2 s, 75 s → 1 min 15 s. */
export function secondsText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** 1st, 2nd, 3rd, 4th … 11th. */
export function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  const ending = teen ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[n % 10] ?? "th");
  return `${n}${ending}`;
}

/** "Waiting for a free kernel, 3rd in line". */
export function queueText(position: number): string {
  return `Waiting for a free kernel${position > 0 ? `, ${ordinal(position)} in line` : ""}`;
}
