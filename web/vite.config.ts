import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = "http://127.0.0.1:8000";
// docs/how-to/web.md says which browsers these are. APIs are another matter: src/testing/browsers.test.ts.
const OLDEST = ["safari16", "chrome111", "firefox128"];

/** An area is called after its folder, a file of words after its language and area. */
const chunkName = (module: string): string =>
  /routes\/(\w+)\/area/.exec(module)?.[1] ??
  /locales\/(\w+\/\w+)\.json/.exec(module)?.[1]?.replace("/", "-") ??
  module.replace(/^.*\/|\.\w+$/g, "");

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: {
    proxy: {
      "/api": server,
      "/socket.io": { target: server, ws: true },
    },
  },
  build: {
    outDir: "dist",
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
            // Libraries change rarely: their own file stays in the browser when ours changes.
            { name: "vendor", test: /node_modules/, priority: 1 },
            // What every area needs, in one piece.
            {
              name: "shared",
              test: /src\/(shared\/(api|ui|i18n\/\w+\.ts)|(features|routes)\/shell)/,
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
    include: ["src/**/*.test.{ts,tsx}"],
    maxWorkers: 2,
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
