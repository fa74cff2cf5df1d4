import { expect, test } from "vitest";

import type { GrantBody } from "../wire";
import { accessOf, audienceOf, lineOf, meant, withAccess } from "./sharing";

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

test("what is chosen or written means somebody, what is half typed nobody", () => {
  const lines = new Map(
    (
      [
        { principal: "user:1", name: "Ana", detail: "ana@example.org", kind: "person" },
        { principal: "group:2", name: "Analysts", detail: "3 people", kind: "group" },
      ] as const
    ).map((one) => [lineOf(one), one]),
  );
  expect([...lines.keys()]).toEqual(["Ana · ana@example.org", "Analysts · group, 3 people"]);
  expect(meant("Analysts · group, 3 people ", lines)).toBe("group:2");
  expect(meant(" New@Example.org", lines)).toBe("user:new@example.org");
  expect(meant("Ana", lines)).toBe("");
});
