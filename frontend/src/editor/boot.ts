// What the page was given with its first response.

import type { EditorBoot } from "../wire";

/** Reads it from the page; null where the server put nothing, which no page of its own does. */
export function readBoot(document: Document): EditorBoot | null {
  const text = document.getElementById("boot")?.textContent;
  return text ? (JSON.parse(text) as EditorBoot) : null;
}
