import { describe, expect, it } from "vitest";

import type { Room } from "../core/room";
import { inputsAsked, news } from "./embed";

const room = (more: Partial<Room>): Room =>
  ({
    app: { title: "Penguins" },
    version: 3,
    inputs: { n: 20 },
    kernel: { state: "idle", sentence: "" },
    run: null,
    ...more,
  }) as Room;

describe("[EMB6] what a frame and its page say to each other", () => {
  it("says once that it is ready, and the values whenever they change", () => {
    const first = room({});
    expect(news(null, first)).toEqual([
      { type: "vernissage:ready", title: "Penguins", version: 3 },
      { type: "vernissage:inputs", inputs: { n: 20 } },
    ]);
    expect(news(first, { ...first })).toEqual([]);
    expect(news(first, room({ inputs: { n: 21 } }))).toEqual([
      { type: "vernissage:inputs", inputs: { n: 21 } },
    ]);
  });

  it("tells once of a run that failed and of a kernel that died", () => {
    const fine = room({});
    const failed = room({ inputs: fine.inputs, run: { status: "errored" } as Room["run"] });
    expect(news(fine, failed)).toEqual([
      { type: "vernissage:error", message: "A part of this app could not be computed." },
    ]);
    expect(news(failed, { ...failed })).toEqual([]);
    const dead = room({
      inputs: fine.inputs,
      kernel: { state: "dead", sentence: "Out of memory." } as Room["kernel"],
    });
    expect(news(fine, dead)).toEqual([{ type: "vernissage:error", message: "Out of memory." }]);
  });

  it("takes set-inputs and nothing else", () => {
    expect(inputsAsked({ type: "vernissage:set-inputs", inputs: { n: 3 } })).toEqual({ n: 3 });
    for (const other of [
      null,
      3,
      "x",
      {},
      { type: "vernissage:set-inputs" },
      { type: "other", inputs: { n: 3 } },
    ]) {
      expect(inputsAsked(other)).toBeNull();
    }
  });
});
