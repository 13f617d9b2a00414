import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { code, files, importsOf, reachOf, WEB } from "./sources";

// The rules a reviewer would otherwise have to remember.

const breaking = (check: (file: { path: string; text: string }) => boolean) =>
  files.filter(check).map((file) => file.path);

describe("arrows", () => {
  const layer = (path: string) => path.split("/")[0] ?? "";
  const feature = (path: string) => (layer(path) === "features" ? path.split("/")[1] : undefined);

  it("shared knows nothing above it, features know shared and themselves, routes know features and shared", () => {
    const allowed: Record<string, string[]> = {
      shared: ["shared"],
      features: ["shared", "features"],
      routes: ["shared", "features", "routes"],
      app: ["shared", "routes", "app"],
      "main.tsx": ["shared", "app"],
    };
    const wrong = code.flatMap((file) =>
      importsOf(file)
        .filter((target) => {
          const isForeign = feature(file.path) !== feature(target) && layer(file.path) === "features";
          const inOther = layer(target) === "features" && isForeign;
          return inOther || !(allowed[layer(file.path)] ?? []).includes(layer(target));
        })
        .map((target) => `${file.path} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it("form no circle", () => {
    const circles = code
      .filter((file) => reachOf(file.path, importsOf).has(file.path))
      .map(({ path }) => path);
    expect(circles).toEqual([]);
  });

  it("has no barrels", () => {
    expect(breaking(({ path }) => /(^|\/)index\.tsx?$/.test(path))).toEqual([]);
    expect(breaking(({ path, text }) => /\.tsx?$/.test(path) && /^export \* from/m.test(text))).toEqual([]);
  });

  it("lead into an area's screens from the list of areas alone, and there by import()", () => {
    const area = (path: string) => /^routes\/(?!shell\/)(\w+)\//.exec(path)?.[1];
    const wrong = code.flatMap((file) =>
      importsOf(file)
        .filter((target) => area(target) !== undefined && area(target) !== area(file.path))
        .map((target) => `${file.path} -> ${target}`),
    );
    expect(
      [...new Set(wrong)].filter((arrow) => !/^app\/areas\.tsx -> routes\/\w+\/area$/.test(arrow)),
    ).toEqual([]);
    expect(code.find(({ path }) => path === "app/areas.tsx")?.text).not.toMatch(/from "@\/routes/);
  });

  it("fetches in one place, and never in an effect", () => {
    const fetching = code.filter(({ text }) => /\bfetch\(/.test(text)).map(({ path }) => path);
    expect(fetching).toEqual(["shared/api/transport.ts"]);
    const effects = code.filter(({ text }) => /\buseEffect\(/.test(text)).map(({ path }) => path);
    expect(effects.filter((path) => !path.startsWith("shared/"))).toEqual([]);
  });
});

describe("sizes", () => {
  it("keeps files under 400 lines and components under 250", () => {
    expect(breaking(({ text }) => text.split("\n").length > 400)).toEqual([]);
    expect(
      breaking(
        ({ path, text }) => /(?<!\.test|icon-paths)\.tsx$/.test(path) && text.split("\n").length > 250,
      ),
    ).toEqual([]);
  });
});

describe("colours", () => {
  // The words a style could smuggle in; transparent and currentColor name no colour of their own.
  const NAMED =
    /:\s*(?:white|black|red|green|blue|yellow|orange|purple|pink|gr[ae]y|silver|gold|navy|teal|maroon)\s*[;,}"]/i;
  const LITERAL = /#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch)\(/i;

  it("stand in tokens.css and nowhere else", () => {
    const isColoured = ({ path, text }: { path: string; text: string }) =>
      path !== "app/tokens.css" && !/\.test\.tsx?$/.test(path) && (LITERAL.test(text) || NAMED.test(text));
    expect(breaking(isColoured)).toEqual([]);
  });

  it("are really found by this test", () => {
    for (const bad of ["color: #fff", "#A1B2C3", "rgb(0 0 0)", "hsl(1 2% 3%)"])
      expect(LITERAL.test(bad)).toBe(true);
    expect(NAMED.test("background: white;")).toBe(true);
  });
});

describe("the package", () => {
  it("names no registry and loads nothing from outside", () => {
    for (const file of ["package-lock.json", "package.json", ".npmrc", "index.html"]) {
      const text = readFileSync(join(WEB, file), "utf8");
      expect(text).not.toMatch(/registry\.npmjs|"resolved"/);
      if (file === "index.html") expect(text).not.toMatch(/https?:|<script>|style=/);
    }
    expect(breaking(({ path, text }) => path.endsWith(".css") && /https?:/.test(text))).toEqual([]);
  });
});
