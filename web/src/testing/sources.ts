import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

// The app's own text, for tests that read it.

export interface Source {
  path: string;
  text: string;
}

export const WEB = join(import.meta.dirname, "../..");
const SRC = join(WEB, "src");

export const files: Source[] = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(tsx?|css)$/.test(entry.name) && !/\.gen\.ts$/.test(entry.name))
  .map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return { path: relative(SRC, path), text: readFileSync(path, "utf8") };
  });

/** Without tests and what they share. */
export const code = files.filter(
  (file) => /\.tsx?$/.test(file.path) && !/\.test\.tsx?$|^testing\/|\.d\.ts$/.test(file.path),
);

/** What a file imports of ours, as written: paths without their ending. */
export function importsOf(file: Source): string[] {
  const here = file.path.split("/").slice(0, -1);
  return [...file.text.matchAll(/(?:from|import\(|import)\s*"([^"]+)"/g)].flatMap(([, target = ""]) => {
    if (target.startsWith("@/")) return [target.slice(2)];
    return target.startsWith(".") ? [join(...here, target)] : [];
  });
}

/** Like `importsOf`, without what the compiler erases. */
export const linksOf = (file: Source): string[] =>
  importsOf({ ...file, text: file.text.replace(/import type [^;]+;/g, "") });

const byName = new Map(code.map((file) => [file.path.replace(/\.tsx?$/, ""), file]));

/** Every file that can be reached from one, itself only by a circle. */
export function reachOf(path: string, links: (file: Source) => string[]): Set<string> {
  const reached = new Set<string>();
  const open = [path];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const file = byName.get(at.replace(/\.tsx?$/, ""));
    for (const target of file === undefined ? [] : links(file)) {
      const next = byName.get(target)?.path;
      if (next === undefined || reached.has(next)) continue;
      reached.add(next);
      open.push(next);
    }
  }
  return reached;
}
