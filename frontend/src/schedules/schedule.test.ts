import { expect, test } from "vitest";

import {
  clockOf,
  comesIn,
  firingsOf,
  limitText,
  newPlan,
  planOf,
  readClock,
  requestOf,
  runsWhat,
} from "./schedule";

test("[SCH20] times are told as clocks of the schedule's zone show them, and say where those move", () => {
  const times = ["2026-10-24T04:00:00.000Z", "2026-10-26T05:00:00.000Z"];
  const told = firingsOf(times, "Europe/Oslo", Date.parse("2026-10-23T12:00:00Z"));
  expect(told.map(({ day, time, offset, moved }) => [day, time, offset, moved])).toEqual([
    ["Sat 24 Oct", "06:00", "UTC+2", false],
    ["Mon 26 Oct", "06:00", "UTC+1", true],
  ]);
  expect(firingsOf(times, "Mars/Olympus", 0)[0]?.time).toBe("04:00");
});

test("[SCH18] inputs of its own leave the published results alone", () => {
  const plan = newPlan("UTC");
  expect(requestOf(plan)).toMatchObject({ updatePublishedResults: true, cadence: "WEEKLY", hour: 8 });
  expect(requestOf({ ...plan, inputs: { n: 4 } }).updatePublishedResults).toBe(false);
  expect(clockOf({ ...plan, hour: 6, minute: 5 })).toBe("06:05");
});

test("a time is read as it is typed", () => {
  expect(readClock("06:05")).toEqual({ hour: 6, minute: 5 });
  expect(readClock("24:00")).toBeNull();
  expect(readClock("")).toBeNull();
});

test("what is kept comes back into the form", () => {
  const plan = planOf({
    ...requestOf({ ...newPlan("Asia/Kathmandu"), timeLimit: 900, retries: 2, name: "Mornings" }),
    cron: null,
  } as never);
  expect([plan.name, plan.timezone, plan.timeLimit, plan.retries, plan.days.length]).toEqual([
    "Mornings",
    "Asia/Kathmandu",
    900,
    2,
    5,
  ]);
});

test("[SCH10] the page says what runs and what does not", () => {
  expect(runsWhat(3, 5)).toBe("Runs version 3, the published one. Your 5 unpublished changes are not in it.");
  expect(runsWhat(3, 1)).toContain("Your unpublished change is not in it.");
  expect(runsWhat(3, 0)).toBe("Runs version 3, the published one.");
  expect(runsWhat(null, 0)).toContain("wait");
});

test("spans are told shortly", () => {
  expect([
    comesIn("2026-01-01T01:00:00Z", Date.parse("2026-01-01T00:00:30Z")),
    limitText(900),
    limitText(90),
  ]).toEqual(["in 1 h", "15 min", "90 s"]);
});
