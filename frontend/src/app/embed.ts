// The app in a frame of another page, and what the two say to each other (`vernissage:…` messages).
//
// To the page:    ready, inputs (their values, whenever one changes), height (of the app, in CSS pixels), error (a
//                 sentence). From it: set-inputs {inputs: {name: value}}, values as the API takes them.
//
// Promise: nothing is sent to, and nothing taken from, a page whose origin the workspace does not allow, or that is not
// the one around this frame.

import { isRecord } from "../core/values";
import type { RoomConnection } from "../net/socket";
import type { Room } from "../core/room";

export type ToHost =
  | { readonly type: "vernissage:ready"; readonly title: string; readonly version: number | null }
  | { readonly type: "vernissage:inputs"; readonly inputs: Readonly<Record<string, unknown>> }
  | { readonly type: "vernissage:height"; readonly height: number }
  | { readonly type: "vernissage:error"; readonly message: string };

/** The inputs that a page asks for; null = it asks for nothing of the kind. Pure. */
export function inputsAsked(data: unknown): Readonly<Record<string, unknown>> | null {
  return isRecord(data) && data["type"] === "vernissage:set-inputs" && isRecord(data["inputs"])
    ? data["inputs"]
    : null;
}

/** What the host is told between two states of the room. Pure. */
export function news(before: Room | null, now: Room | null): readonly ToHost[] {
  if (!now) return [];
  const told: ToHost[] = [];
  if (!before) told.push({ type: "vernissage:ready", title: now.app?.title ?? "", version: now.version });
  if (!before || before.inputs !== now.inputs) told.push({ type: "vernissage:inputs", inputs: now.inputs });
  const ended = now.run?.status === "errored" && before?.run?.status !== "errored";
  if (ended) told.push({ type: "vernissage:error", message: "A part of this app could not be computed." });
  const dead = now.kernel.state === "dead" && before?.kernel.state !== "dead";
  if (dead) told.push({ type: "vernissage:error", message: now.kernel.sentence });
  return told;
}

/** Begins the conversation; `page` is measured. Answers how to end it. */
export function speakWithHost(
  connection: RoomConnection,
  origins: readonly string[],
  page: HTMLElement,
): () => void {
  const host = window.parent;
  if (host === window) return () => undefined;
  // The browser delivers only where the page around us is of that origin.
  const tell = (message: ToHost): void => {
    for (const origin of origins) host.postMessage(message, origin);
  };
  const heard = (event: MessageEvent<unknown>): void => {
    if (event.source !== host || !origins.includes(event.origin)) return;
    const asked = inputsAsked(event.data);
    if (!asked) return;
    const known = connection.getSnapshot().room?.inputs ?? {};
    for (const [name, value] of Object.entries(asked)) {
      if (Object.hasOwn(known, name)) connection.setInput(name, value);
      else tell({ type: "vernissage:error", message: `This app has no input ${name}.` });
    }
  };
  let last: Room | null = null;
  let refusals = connection.getSnapshot().refusals;
  const changed = (): void => {
    const state = connection.getSnapshot();
    if (state.room !== last) for (const message of news(last, state.room)) tell(message);
    last = state.room;
    if (state.refusals !== refusals) {
      for (const [name, sentence] of Object.entries(state.refusals)) {
        if (refusals[name] !== sentence) tell({ type: "vernissage:error", message: sentence });
      }
      refusals = state.refusals;
    }
  };
  let height = -1;
  const measured = new ResizeObserver(() => {
    const now = Math.ceil(page.getBoundingClientRect().height);
    if (now === height) return;
    height = now;
    tell({ type: "vernissage:height", height });
  });
  window.addEventListener("message", heard);
  const stop = connection.subscribe(changed);
  changed();
  measured.observe(page);
  return () => {
    window.removeEventListener("message", heard);
    stop();
    measured.disconnect();
  };
}
