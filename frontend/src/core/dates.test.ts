import { expect, test } from "vitest";

import { parseRelative, resolvedText, wordsOf, wordsShown, zoneOf } from "./dates";

// A Wednesday, half past midnight in Berlin and still Tuesday in UTC.
const AT = new Date("2026-03-31T23:30:00Z");

test("words are read as the product writes them", () => {
  expect(parseRelative("7 days ago Europe/Berlin")).toEqual({
    amount: 7,
    unit: "day",
    future: false,
    zone: "Europe/Berlin",
  });
  expect(parseRelative("2026-11-25")).toBeNull();
  expect(wordsOf(" Yesterday ")).toBe("1 day ago");
  expect(wordsOf("2  Weeks from now Europe/Berlin")).toBe("2 weeks from now Europe/Berlin");
  expect(wordsOf("2026-11-25")).toBe("2026-11-25");
  expect(wordsOf("last summer")).toBeNull();
});

test("the input's own zone is not repeated; another is", () => {
  expect(wordsShown("7 days ago Europe/Berlin", "Europe/Berlin")).toBe("7 days ago");
  expect(wordsShown("7 days ago Europe/Berlin", "UTC")).toBe("7 days ago Europe/Berlin");
  expect(wordsShown("0 days ago", "")).toBe("today");
  expect(zoneOf("2026-11-25 09:30:00 America/Chicago")).toBe("America/Chicago");
});

test("the day is that of the zone, months clamp to their last day", () => {
  expect(resolvedText("0 days ago Europe/Berlin", "Europe/Berlin", false, AT)).toBe("2026-04-01");
  expect(resolvedText("0 days ago", "", false, AT)).toBe("2026-03-31");
  expect(resolvedText("1 month ago", "", false, AT)).toBe("2026-02-28");
  expect(resolvedText("1 year from now", "", false, AT)).toBe("2027-03-31");
  expect(resolvedText("2 weeks ago", "", false, AT)).toBe("2026-03-17");
  expect(resolvedText("3 hours ago Europe/Berlin", "Europe/Berlin", true, AT)).toBe(
    "2026-03-31 22:30:00 Europe/Berlin",
  );
});
