import { expect, test } from "vitest";

import type { GrantBody } from "../wire";
import { accessOf, audienceOf, withAccess } from "./sharing";

const ana: GrantBody = { principal: "user:ana@example.org", access: "FULL_ACCESS", name: "Ana" };
const bo: GrantBody = { principal: "user:bo@example.org", access: "CAN_EDIT", name: "Bo" };

test("giving, changing and taking access touches one principal only", () => {
  const given = withAccess([ana], "workspace", "APP_ONLY");
  expect(accessOf(given, "workspace")).toBe("APP_ONLY");
  expect(withAccess(given, "workspace", "CAN_VIEW")).toHaveLength(2);
  expect(withAccess(given, "workspace", null)).toEqual([ana]);
});

test("who can see the app is one sentence, the widest grant first", () => {
  expect(audienceOf([ana])).toBe("Only you can see the app.");
  expect(audienceOf([ana, bo])).toBe("2 people can see the app.");
  expect(audienceOf([ana, { principal: "workspace", access: "APP_ONLY", name: "" }])).toBe(
    "Everyone in the workspace can see the app.",
  );
  expect(audienceOf([ana, { principal: "web", access: "APP_ONLY", name: "" }])).toBe(
    "Anyone with the link can see the app.",
  );
});
