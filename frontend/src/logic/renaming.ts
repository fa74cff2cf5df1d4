// What the renaming of an input changed elsewhere, read from the events that it caused. Pure.

import type { RoomEvent, TextUpdate } from "../wire";

export interface Uses {
  readonly uses: number;
  readonly cells: number;
}

/** The server's own hand in a text: what it wrote itself. */
const SERVER = "server";

/** How many places in how many cells the server rewrote, the renamed input aside. */
export function usesRewritten(events: readonly RoomEvent[], input: string): Uses {
  let uses = 0;
  const cells = new Set<string>();
  for (const event of events) {
    if (event.event === "text_edited") {
      const places = event.updates.filter(({ client }) => client === SERVER).reduce(countPlaces, 0);
      uses += places;
      if (places > 0) cells.add(event.cell);
    } else if (event.event === "cell_configured" && event.cell.id !== input) {
      uses += 1;
      cells.add(event.cell.id);
    }
  }
  return { uses, cells: cells.size };
}

/** In a change set a number keeps so much; a list takes away and puts in. */
function countPlaces(sum: number, { changes }: TextUpdate): number {
  return sum + changes.filter((part) => typeof part !== "number").length;
}

export function added(a: Uses, b: Uses): Uses {
  return { uses: a.uses + b.uses, cells: a.cells + b.cells };
}

export function rewrittenText({ uses, cells }: Uses, name: string): string {
  return `Now called ${name}: ${uses} ${uses === 1 ? "use" : "uses"} rewritten in ${cells} ${cells === 1 ? "cell" : "cells"}.`;
}
