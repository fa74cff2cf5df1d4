// How the pages are built: three entries that share chunks, into the Python package that serves them.
//
// `app.html` is the published app and stays small: no editor, chart or code font before the number shows.
// `docs.html` describes the API. `editor.html` is everything else (home, logic, builder, sign-in). Nothing is inlined, neither scripts nor
// assets: the pages' Content-Security-Policy allows `'self'` only.

import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import { precompressed } from "./build/precompress.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// What the app's page needs before the number shows stands in one chunk: few requests count for more than the bytes that
// the other entry might have spared.
const PAGE = new RegExp(
  [
    String.raw`/src/(app|cells|core|net)/(?!main\.tsx|.*(SearchedSelect|TableEditor|table-input|draw|theme))`,
    String.raw`/src/ui/((base|fonts|tokens)\.css|Avatars)`,
    String.raw`/node_modules/(react|react-dom|scheduler|markdown-it|linkify-it|mdurl|uc\.micro|entities|punycode\.js|dompurify|ansi_up)/`,
    "vite/preload-helper|rolldown/runtime",
  ].join("|"),
);

export default defineConfig({
  base: "/static/",
  plugins: [react(), precompressed()],
  resolve: { alias: { "@": here("./src") } },
  build: {
    outDir: here("../src/vernissage/web/static"),
    emptyOutDir: true,
    manifest: true,
    target: ["chrome120", "edge120", "firefox121", "safari17.2"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Vega and the editor are lazy chunks of their own; their size is known and no surprise.
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: { app: here("./app.html"), editor: here("./editor.html"), docs: here("./docs.html") },
      output: { codeSplitting: { groups: [{ name: "page", test: PAGE }] } },
    },
  },
  test: {
    projects: [
      {
        // Pure code needs no page. A test that does may say `// @vitest-environment happy-dom` on its first line.
        extends: true,
        test: { name: "pure", include: ["src/**/*.test.ts", "build/**/*.test.ts"], environment: "node" },
      },
      {
        extends: true,
        test: {
          name: "page",
          include: ["src/**/*.test.tsx"],
          environment: "happy-dom",
          setupFiles: ["./vitest.setup.ts"],
        },
      },
    ],
  },
});
