import { describe, expect, test } from "vitest";

import type { DeliveryBody, NotificationBody, NotificationSettings } from "../../wire";
import {
  deliveryMark,
  namesOf,
  newNotification,
  recipientsOf,
  requestOf,
  withoutRecipient,
  withRecipient,
  withWhen,
} from "./notifications";

const ABOUT: NotificationSettings = {
  mailReady: true,
  picturesReady: true,
  outsideAddresses: true,
  allowedAddresses: [],
  mayAllow: false,
  webhookSecret: "whsec_x",
  cells: [
    { id: "rows", name: "All rows", measures: ["rows"], table: true },
    { id: "count", name: "Count", measures: ["value"], table: false },
  ],
};

describe("notifications in a form", () => {
  test("[NOT5] somebody is added once, whoever they are, and can be left out again", () => {
    let one = newNotification("email", ABOUT);
    for (const principal of ["user:u1", "user:u1", "group:g1", "user:bo@example.net"]) {
      one = withRecipient(one, principal);
    }
    expect([one.userIds, one.groupIds, one.emails]).toEqual([["u1"], ["g1"], ["bo@example.net"]]);
    const names = new Map([["user:u1", "Ana"]]);
    expect(recipientsOf(one, names).map(({ name }) => name)).toEqual(["Ana", "g1", "bo@example.net"]);
    for (const { key } of recipientsOf(one, names)) one = withoutRecipient(one, key);
    expect(recipientsOf(one, names)).toEqual([]);
  });

  test("[NOT3] a condition begins with a number that there is, and goes with its occasion", () => {
    const one = withWhen(newNotification("webhook", ABOUT), "CONDITION", ABOUT.cells);
    expect(one.condition).toEqual({ cell: "count", measure: "value", operator: ">", bound: 0 });
    expect(withWhen(one, "FAILURE", ABOUT.cells).condition).toBeNull();
    expect(withWhen(newNotification("webhook", ABOUT), "CONDITION", []).type).toBe("ALL");
  });

  test("what is kept is sent back as it was, and gives its recipients their names", () => {
    const { screenshotFormat: _, slackChannelIds: __, ...plain } = newNotification("email", ABOUT);
    const kept: NotificationBody = {
      ...plain,
      userIds: ["u1"],
      recipients: [{ id: "u1", name: "Ana", isPrivate: false }],
    };
    expect(requestOf(kept)).toEqual({ ...newNotification("email", ABOUT), userIds: ["u1"] });
    expect(namesOf([kept]).get("user:u1")).toBe("Ana");
  });

  test("[NOT41] each state of a letter has a mark and words", () => {
    const words = (status: DeliveryBody["status"], error: string | null = null): string =>
      deliveryMark({ status, error } as DeliveryBody).words;
    expect(words("SENT")).toBe("Sent");
    expect(words("PENDING")).toBe("On its way");
    expect(words("PENDING", "451")).toBe("Is tried again");
    expect(words("WITHHELD")).toBe("Not sent");
    expect(words("FAILED")).toBe("Given up");
    expect(words(null)).toBe("Not called for");
  });
});
