import { expect, test } from "vitest";

import { parseExactly, writePlainly } from "./exact";

const BIG = "9007199254740993";

test("INP9 a written option past 2^53 keeps every digit, there and back", () => {
  const text = `{"cell":{"input":{"kind":"dropdown","options":[1,${BIG},"${BIG}",-${BIG}],"default":${BIG},"options_from":""}}}`;
  const read = parseExactly(text);
  expect(read).toEqual({
    cell: {
      input: {
        kind: "dropdown",
        options: [1, { $int: BIG }, BIG, { $int: `-${BIG}` }],
        default: { $int: BIG },
        options_from: "",
      },
    },
  });
  expect(writePlainly(read)).toBe(text);
});

test("elsewhere a number is what JSON.parse makes of it, and texts are left alone", () => {
  expect(parseExactly(`{"options_from":"${BIG}","x":{"data":[0.12345678901234567890,1.5,1e300]}}`)).toEqual({
    options_from: BIG,
    x: { data: [0.12345678901234568, 1.5, 1e300] },
  });
  expect(parseExactly(`[{"data":[${BIG}],"t":"\\"${BIG}"},{"options_from":""}]`)).toEqual([
    { data: [Number(BIG)], t: `"${BIG}` },
    { options_from: "" },
  ]);
  const text = { source: `{"$int":"${BIG}"}` };
  expect(JSON.parse(writePlainly(text))).toEqual(text);
});
