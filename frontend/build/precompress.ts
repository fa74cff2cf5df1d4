// Writes a .gz and a .br beside each text file of a build, so that the server sends ready bytes and
// spends no time on compression. Fonts and pictures are compressed already and are left alone.

import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

import type { Plugin } from "vite";

const TEXT: ReadonlySet<string> = new Set([".css", ".html", ".js", ".json", ".map", ".svg", ".txt"]);
const toBrotli = promisify(brotliCompress);
const toGzip = promisify(gzip);

/** Compresses every text file below `directory`; answers how many files it found. */
export async function precompress(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && TEXT.has(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name));
  await Promise.all(
    paths.map(async (path) => {
      const bytes = await readFile(path);
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      };
      const [gz, br] = await Promise.all([toGzip(bytes, { level: 9 }), toBrotli(bytes, { params })]);
      await Promise.all([writeFile(`${path}.gz`, gz), writeFile(`${path}.br`, br)]);
    }),
  );
  return paths.length;
}

/** The Vite plugin: runs once, when the last file of the build is on disk. */
export function precompressed(): Plugin {
  let directory = "";
  return {
    name: "vernissage:precompressed",
    apply: "build",
    configResolved(config) {
      directory = config.build.outDir;
    },
    closeBundle: {
      order: "post",
      async handler(error?: Error) {
        if (error === undefined) await precompress(directory);
      },
    },
  };
}
