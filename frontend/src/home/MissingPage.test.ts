import { expect, test } from "vitest";

import { projectIn } from "./MissingPage";

const id = "0d6f2c1e-7d8a-4a55-9d0f-3c1f7a5e1b52";

test("an address of a project names what one may ask access to, and no other address does", () => {
  expect(projectIn(`/main/app/${id}/latest`)).toBe(id);
  expect(projectIn(`/elsewhere/project/sales-report-${id}`)).toBe(`sales-report-${id}`);
  for (const path of [
    "/",
    "/settings/people",
    `/main/hex/${id}/latest`,
    "/main/app/nothing/latest",
    `/main/app/${id}x/v/1`,
  ])
    expect(projectIn(path)).toBe("");
});
