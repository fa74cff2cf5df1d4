import { expect, test } from "vitest";

import { suggested } from "./suggest";

const ZONES = ["Africa/Cairo", "America/New_York", "Europe/Berlin", "Europe/York_Island"];

test("typed words find a name in any writing", () => {
  expect(suggested(ZONES, "new york")).toEqual(["America/New_York"]);
  expect(suggested(ZONES, "berlin")).toEqual(["Europe/Berlin"]);
});

test("names that begin with what was typed come first", () => {
  expect(suggested(["mass", "body_mass", "biomass"], "mass")).toEqual(["mass", "body_mass", "biomass"]);
  expect(suggested(["biomass", "mass"], "mass")).toEqual(["mass", "biomass"]);
});

test("nothing typed lists them all", () => {
  expect(suggested(ZONES, " ")).toEqual(ZONES);
});
