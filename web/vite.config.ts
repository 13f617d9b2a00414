import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const server = "http://127.0.0.1:8000";
// docs/how-to/web.md says which browsers these are. APIs are another matter: src/testing/browsers.test.ts.
const OLDEST = ["safari16", "chrome111", "firefox128"];

/** Of what is shared, what neither the first page nor an event's needs: it comes with the pages that do. */
const FOR_SOME =
  /shared\/ui\/(apart|ask-twice|call|count-input|drawer|field|file-buttons|form-error|leave-guard|long-list|news-tick|paper|payout-pill|push|qr-code|save-as|shortcuts|step-up|use-address|use-every|use-heard|use-late|use-named|use-while)\.|shared\/api\/(all-pages|news|refund-rules|step-up|use-event-venues)\.|features\/shell\/(menu-parts|preferences)\.|require-person/;

/** Of the libraries, what neither of the two needs. */
const FOR_OTHERS =
  /query-core\/.*(infiniteQueryObserver|queriesObserver)|react-query\/.*(useInfiniteQuery|useQueries)\.|zustand\/.*middleware/;

const OUT = fileURLToPath(new URL("./dist", import.meta.url));

/** An area is called after its folder, a file of words after its language and area. */
const chunkName = (module: string): string =>
  /routes\/([\w-]+)\/area/.exec(module)?.[1] ??
  /locales\/(\w+\/\w+)\.json/.exec(module)?.[1]?.replace("/", "-") ??
  module.replace(/^.*\/|\.\w+$/g, "");

/** react-router's package gives out its talkative build alone; what is shipped is the other one. */
const quietRouter = (): Plugin => ({
  name: "quiet-router",
  apply: "build",
  config: () => ({
    resolve: {
      alias: [
        {
          find: /^react-router$/,
          replacement: fileURLToPath(
            new URL("./node_modules/react-router/dist/production/index.mjs", import.meta.url),
          ),
        },
      ],
    },
  }),
});

/** Our server speaks no WebTransport: nobody is sent what could. */
const noWebTransport = (): Plugin => ({
  name: "no-web-transport",
  apply: "build",
  enforce: "pre",
  resolveId: (source, importer) =>
    source === "./webtransport.js" && importer?.includes("engine.io-client") ? "\0no-web-transport" : null,
  load: (id) => (id === "\0no-web-transport" ? "export class WT {}" : null),
});

/** Tells the service worker what the shell is made of; another build is another version. */
const shell = (): Plugin => ({
  name: "shell",
  apply: "build",
  closeBundle() {
    const assets = readdirSync(join(OUT, "assets")).filter(
      (name) =>
        /\.(js|css|woff2)$/.test(name) &&
        !/^(\w\w-)?(organizer|chart|insight|money|queue|plot|settings|admin|mails)|^canvas/.test(name),
    );
    const reader = readdirSync(join(OUT, "assets")).find((name) => /^zxing_reader.*\.wasm$/.test(name));
    if (reader === undefined) throw new Error("the scanner's reader is not among the assets");
    const files = ["/", ...assets.sort().map((name) => `/assets/${name}`)];
    const version = createHash("sha256")
      .update(readFileSync(join(OUT, "index.html")))
      .update(files.join())
      .update(reader);
    const worker = join(OUT, "sw.js");
    const text = readFileSync(worker, "utf8")
      .replace('"dev"', JSON.stringify(version.digest("hex").slice(0, 12)))
      .replace("SHELL = []", `SHELL = ${JSON.stringify(files)}`)
      .replace('READER = ""', `READER = "/assets/${reader}"`);
    writeFileSync(worker, text);
  },
});

/** Leaves a packed twin beside every file that packs, for the server to send: .br for browsers, .gz for the rest. */
const packed = (): Plugin => ({
  name: "packed",
  apply: "build",
  closeBundle() {
    const entries = readdirSync(OUT, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter(({ name }) =>
      /\.(js|css|html|svg|json|txt|wasm|webmanifest)$/.test(name),
    )) {
      const file = join(entry.parentPath, entry.name);
      const plain = readFileSync(file);
      for (const [ending, pack] of [
        [".br", brotliCompressSync],
        [".gz", (text: Buffer) => gzipSync(text, { level: 9 })],
      ] as const) {
        const twin = pack(plain);
        if (twin.length < plain.length) writeFileSync(file + ending, twin);
      }
    }
  },
});

export default defineConfig({
  plugins: [react(), tailwindcss(), quietRouter(), noWebTransport(), shell(), packed()],
  resolve: {
    alias: {
      "@": fileURLToPath(new URL("./src", import.meta.url)),
      // Under the name that everybody knows: docs/decisions/0030.
      "react-i18next": fileURLToPath(new URL("./src/shared/i18n/translate.ts", import.meta.url)),
    },
  },
  server: {
    proxy: {
      "/api": server,
      "/socket.io": { target: server, ws: true },
    },
  },
  build: {
    outDir: OUT,
    // Nothing becomes a data: URI, so the server's CSP needs no exception for one.
    assetsInlineLimit: 0,
    sourcemap: false,
    target: OLDEST,
    cssTarget: OLDEST,
    rolldownOptions: {
      output: {
        chunkFileNames: ({ facadeModuleId, name }) => `assets/${chunkName(facadeModuleId ?? name)}-[hash].js`,
        codeSplitting: {
          groups: [
            // Fetched once the page has been painted.
            { name: "live", test: /node_modules\/(@socket\.io|socket\.io|engine\.io|debug|ms)/, priority: 2 },
            // For organizers alone, and only where something is drawn.
            { name: "plot", test: /node_modules\/uplot/, priority: 2 },
            // For who shows a code, and for who reads one.
            { name: "qr", test: /node_modules\/lean-qr/, priority: 2 },
            { name: "gate", test: /node_modules\/(@noble|zxing-wasm)/, priority: 2 },
            // Libraries change rarely: their own file stays in the browser when ours changes.
            {
              name: "vendor",
              test: (module) => module.includes("node_modules") && !FOR_OTHERS.test(module),
              priority: 1,
            },
            // What an event's page has in common with checkout and others: five files of a few hundred bytes would be larger.
            {
              name: "places",
              test: /src\/(shared\/map\/(prices|seat-house|seats-topic|engine\/scene)|features\/event\/(basket|choice))\./,
              priority: 0,
            },
            // What every area needs, in one piece.
            {
              name: "shared",
              test: (module) =>
                /src\/(shared\/(api|ui|i18n\/\w+\.ts|map\/(chart|short-name)\.)|(features|routes)\/shell)/.test(
                  module,
                ) && !FOR_SOME.test(module),
              priority: 1,
            },
          ],
        },
      },
    },
  },
  test: {
    environment: "jsdom",
    environmentOptions: { jsdom: { url: "http://localhost:3000/" } },
    setupFiles: ["src/testing/setup.ts"],
    globalSetup: ["src/testing/document.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    maxWorkers: 2,
    // Where clocks here and at a venue differ, its zone is named.
    env: { TZ: "UTC" },
    // One jsdom a worker instead of one a file; src/testing/setup.ts puts every shared thing back after each test.
    isolate: false,
    restoreMocks: true,
    testTimeout: 10_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.{ts,tsx}"],
      exclude: ["src/**/*.test.{ts,tsx}", "src/testing/**", "src/main.tsx", "src/**/*.gen.ts"],
      thresholds: { lines: 80 },
      reporter: ["text-summary", "text", "json-summary"],
    },
  },
});
