import { expect, test } from "vitest";

import type { AuditBody } from "../wire";
import { ACTIONS, sentenceFor, type Action } from "./audit";

function entry(
  action: Action,
  detail: Record<string, unknown>,
  names: Record<string, string> = {},
): AuditBody {
  const person = { email: "ana@example.org", name: "Ana" };
  return { id: "1", at: "", user: "u", person, action, project: null, detail, origin: "", names };
}

test("[WEB47] an entry is a sentence with names and levels, not ids and codes", () => {
  const names = { "id-1": "bo@example.org", "id-2": "Analysts" };
  const share = entry(
    "share",
    {
      before: { web: "APP_ONLY", "user:id-1": "CAN_VIEW" },
      after: { "group:id-2": "CAN_EDIT", "user:id-1": "CAN_VIEW" },
    },
    names,
  );
  expect(sentenceFor(share)).toBe("gave Analysts Can edit, took access from anyone with the link");
  expect(sentenceFor(entry("set_role", { user: "id-1", before: "editor", after: "admin" }, names))).toBe(
    "made bo@example.org, editor before, admin",
  );
  expect(sentenceFor(entry("sign_in_refused", { by: "openid", why: "no e-mail" }))).toBe(
    "was not let in with the sign-in provider: no e-mail",
  );
});

test("[WEB47] every action has a sentence, whatever its detail lacks", () => {
  for (const action of Object.keys(ACTIONS) as Action[])
    expect(sentenceFor(entry(action, {}))).not.toMatch(/undefined|null/);
});
