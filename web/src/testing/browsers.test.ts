import { describe, expect, it } from "vitest";
import { groupBy } from "@/shared/group-by";
import { code, files } from "./sources";

// What the oldest browsers of docs/how-to/web.md do not have. The compiler knows what is newer than ES2023; syntax is
// turned into theirs by the build; what is left are the browser's own APIs, and expressions that no build rewrites.

const NEWER: Record<string, RegExp> = {
  "AbortSignal.any (Safari 17.4)": /AbortSignal\.any\b/,
  "URL.canParse (Safari 17)": /URL\.(?:canParse|parse)\b/,
  "Element.checkVisibility (Safari 17.4)": /\.checkVisibility\(/,
  "view transitions (Safari 18)": /startViewTransition|viewTransition=/,
  "popover (Safari 17)": /\bpopover(?:Target)?=|showPopover\(/,
  "scheduler (no Safari)": /\bscheduler\.(?:yield|postTask)\b/,
  "Promise.withResolvers, Promise.try (Safari 17.4, 18.2)": /Promise\.(?:withResolvers|try)\b/,
  "iterator helpers (Safari 18.4)":
    /\.(?:values|keys|entries)\(\)\s*\.(?:map|filter|take|drop|flatMap|reduce|toArray)\(/,
  "set operations (Safari 17)": /\.(?:isSubsetOf|isSupersetOf|isDisjointFrom|symmetricDifference)\(/,
  "a look behind in an expression (Safari 16.4)": /\/[^/\n]*\(\?<[=!][^/\n]*\//,
  "the v flag of an expression (Safari 17)": /\/[^/\n]+\/[dgimsuy]*v[dgimsuy]*[;,).\s]/,
};
const NEWER_CSS: Record<string, RegExp> = {
  "@starting-style (Safari 17.5)": /@starting-style/,
  "light-dark() (Safari 17.5)": /light-dark\(/,
  "text-wrap: pretty, interpolate-size (none yet)": /interpolate-size/,
  "@scope (Safari 17.4)": /@scope\b/,
};

const using = (newer: Record<string, RegExp>, texts: { path: string; text: string }[]) =>
  texts.flatMap(({ path, text }) =>
    Object.entries(newer).flatMap(([name, found]) => (found.test(text) ? [`${path}: ${name}`] : [])),
  );

describe("old phones", () => {
  it("have everything that the app asks of them", () => {
    expect(using(NEWER, code)).toEqual([]);
    expect(
      using(
        NEWER_CSS,
        files.filter(({ path }) => path.endsWith(".css")),
      ),
    ).toEqual([]);
  });

  it("are really thought of by this test", () => {
    const bad = [
      "AbortSignal.any([a, b])",
      "URL.canParse(text)",
      "at.checkVisibility()",
      "Promise.withResolvers()",
      "map.values().map(one)",
      "text.match(/(?<=a)b/)",
    ];
    for (const text of bad) expect(using(NEWER, [{ path: "x", text }])).toHaveLength(1);
  });

  it("group as Map.groupBy does", () => {
    const groups = groupBy([3, 1, 4, 1, 5], (n) => n % 2 === 0);
    expect([...groups]).toEqual([
      [false, [3, 1, 1, 5]],
      [true, [4]],
    ]);
  });
});
