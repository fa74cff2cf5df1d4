import { expect, test } from "vitest";

import { bytes, megabytes, readEndings, sizeText } from "./accept";

test("endings are written in any way", () => {
  expect(readEndings("*.CSV, parquet; .csv")).toEqual([".csv", ".parquet"]);
  expect(readEndings(" ")).toEqual([]);
});

test("sizes read back", () => {
  expect(bytes(megabytes(100_000_000))).toBe(100_000_000);
  expect(bytes(0.5)).toBe(500_000);
  expect([999, 1_000, 12_400, 3_400_000, 2_000_000_000].map(sizeText)).toEqual([
    "999 B",
    "1 kB",
    "12 kB",
    "3.4 MB",
    "2 GB",
  ]);
});
