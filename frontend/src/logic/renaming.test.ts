import { expect, test } from "vitest";

import type { RoomEvent } from "../wire";
import { rewrittenText, usesRewritten } from "./renaming";

const CHART = { type: "chart", id: "c", label: "", dataframe: "year", spec: {} } as const;

test("uses are the places that the server changed, in texts and in settings", () => {
  const events: readonly RoomEvent[] = [
    { event: "cell_configured", cell: { ...CHART, id: "input" } },
    {
      event: "text_edited",
      cell: "a",
      version: 0,
      updates: [{ client: "server", changes: [4, [1, "year"], 8, [1, "year"]] }],
    },
    { event: "text_edited", cell: "b", version: 0, updates: [{ client: "a tab", changes: [[0, "x"]] }] },
    { event: "cell_configured", cell: CHART },
  ];
  expect(usesRewritten(events, "input")).toEqual({ uses: 3, cells: 2 });
  expect(rewrittenText({ uses: 3, cells: 2 }, "year")).toBe("Now called year: 3 uses rewritten in 2 cells.");
  expect(rewrittenText({ uses: 1, cells: 1 }, "year")).toBe("Now called year: 1 use rewritten in 1 cell.");
});
