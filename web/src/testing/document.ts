import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const WEB = join(import.meta.dirname, "../..");
export const DOCUMENT = join(WEB, "node_modules/.cache/openapi.json");

/** Before all tests: the document of this commit, from the routes themselves. */
export default function setup(): void {
  const python = join(WEB, "../.venv/bin/python");
  mkdirSync(dirname(DOCUMENT), { recursive: true });
  writeFileSync(DOCUMENT, execFileSync(python, ["-m", "arenapulse", "openapi"], { maxBuffer: 2 ** 26 }));
}
