import { expect, test } from "vitest";

import { chapters, curlText, mentioned, typeText, type OpenApi } from "./openapi";

const operation = {
  operationId: "startRun",
  summary: "Run the published version",
  description: "",
  tags: ["Runs"],
  security: [{ token: [] }],
  requestBody: { content: { "application/json": { example: { inputParams: { n: 5 } } } } },
  responses: {},
};
const document: OpenApi = {
  info: { title: "Vernissage", version: "1", description: "" },
  tags: [{ name: "Projects" }, { name: "Runs" }],
  paths: { "/runs": { post: operation, get: { ...operation, operationId: "listRuns", summary: "List" } } },
  components: { schemas: {} },
};

test("operations stand under their headings and are found by any of their words", () => {
  expect(chapters(document).map(([name, calls]) => [name, calls.length])).toEqual([["Runs", 2]]);
  expect(
    chapters(document, "post published")[0]?.[1].map(({ operation: { operationId } }) => operationId),
  ).toEqual(["startRun"]);
  expect(chapters(document, "nothing")).toEqual([]);
});

test("types are said in a few words", () => {
  const run = { $ref: "#/components/schemas/RunBody" };
  expect(typeText({ type: "array", items: run })).toBe("RunBody[]");
  expect(typeText({ oneOf: [run, { type: "null" }] })).toBe("RunBody or null");
  expect(typeText({ type: "integer", minimum: 1, maximum: 100 })).toBe("integer 1…100");
  expect(typeText({ enum: ["A", null] })).toBe('"A" · null');
  expect(mentioned({ type: "array", items: run })).toEqual(["RunBody"]);
});

test("a call is told for a shell", () => {
  const [, calls] = chapters(document)[0] ?? ["", []];
  expect(calls[0] && curlText(calls[0], "https://x")).toBe(
    'curl -X POST https://x/runs \\\n  -H "Authorization: Bearer $VERNISSAGE_TOKEN" \\\n  --json \'{"inputParams":{"n":5}}\'',
  );
});
