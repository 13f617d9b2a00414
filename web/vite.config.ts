import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = "http://127.0.0.1:8000";

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
    // Libraries change rarely: their own file stays in the browser when ours changes.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "vendor", test: /node_modules/ }] } } },
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
