import { expect, test } from "vitest";

import { minutesOf, packagesOf } from "./settings";

test("packages stand one a line, and bounds keep their commas", () => {
  expect(packagesOf("scikit-learn>=1.5,<2\n\n# models\npandas, polars\npandas")).toEqual([
    "scikit-learn>=1.5,<2",
    "pandas",
    "polars",
  ]);
});

test("minutes are whole numbers, and nothing is never", () => {
  expect([" 60 ", "0", "", "1.5", "-1", "soon"].map(minutesOf)).toEqual([60, 0, 0, null, null, null]);
});
