import { mkdtemp, readdir, readFile, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

import { afterEach, beforeEach, expect, test } from "vitest";

import { precompress } from "./precompress.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "precompress-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("text files get a .gz and a .br that unpack to the same bytes, at any depth", async () => {
  const text = "body { color: rebeccapurple }\n".repeat(50);
  await mkdir(join(directory, "assets"));
  await writeFile(join(directory, "assets", "a.css"), text);

  expect(await precompress(directory)).toBe(1);

  const gz = await readFile(join(directory, "assets", "a.css.gz"));
  const br = await readFile(join(directory, "assets", "a.css.br"));
  expect(gunzipSync(gz).toString()).toBe(text);
  expect(brotliDecompressSync(br).toString()).toBe(text);
  expect(br.length).toBeLessThan(text.length);
});

test("fonts are left alone", async () => {
  await writeFile(join(directory, "inter.woff2"), "font");
  expect(await precompress(directory)).toBe(0);
  expect(await readdir(directory)).toEqual(["inter.woff2"]);
});
