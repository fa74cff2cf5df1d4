import { expect, test } from "vitest";

import { packagesOf } from "./settings";

test("packages stand one a line, and bounds keep their commas", () => {
  expect(packagesOf("scikit-learn>=1.5,<2\n\n# models\npandas, polars\npandas")).toEqual([
    "scikit-learn>=1.5,<2",
    "pandas",
    "polars",
  ]);
});
