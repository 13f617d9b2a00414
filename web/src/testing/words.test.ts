import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LANGUAGES } from "@/shared/i18n/setup";
import { spoken } from "@/shared/i18n/translate";
import { code, linksOf, reachOf, WEB } from "./sources";

// The compiler knows every key; these tests know whether its file is there when the key is asked for.

const LOCALES = join(WEB, "src/shared/i18n/locales");
const AREAS = [
  "gate",
  "entry",
  "buyer",
  "checkout",
  "wallet",
  "account",
  "organizer",
  "mails",
  "money",
  "waiting",
  "queueControl",
  "chart",
  "insight",
  "settings",
] as const;
const BORROWED: Record<string, string> = { discover: "buyer", season: "checkout", admin: "settings" };
// Inside the organizer's frame, which comes with words of its own.
const FRAMED: Record<string, string> = { insight: "organizer" };
const PARTS = ["shared", ...AREAS] as const;

const flat = (tree: object, prefix = ""): Map<string, string> =>
  new Map(
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === "string"
        ? [[prefix + key, value] as const]
        : [...flat(value as object, `${prefix}${key}.`)],
    ),
  );
const words = (language: string, part: string): Map<string, string> =>
  flat(JSON.parse(readFileSync(join(LOCALES, language, `${part}.json`), "utf8")));
const slots = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

/** Every key that a file asks for; a slot in the middle stands for anything. */
function asked(text: string): RegExp[] {
  const written = [...text.matchAll(/["`]([a-z]\w*(?:\.(?:\w+|\$\{[^}]+\}))+)["`]/gi)].map(
    ([, key = ""]) => key,
  );
  return written.map(
    (key) =>
      new RegExp(`^${key.replaceAll(".", "\\.").replace(/\$\{[^}]+\}/g, "\\w+(?:\\.\\w+)?")}(?:_\\w+)?$`),
  );
}

const everything = new Map(PARTS.flatMap((part) => [...words("en", part).keys()].map((key) => [key, part])));
const isKey = (key: RegExp) => [...everything.keys()].some((known) => key.test(known));

describe("words", () => {
  it.each(Object.keys(LANGUAGES))("of %s lie in a file for each area, and nowhere else", (language) => {
    expect(readdirSync(join(LOCALES, language)).sort()).toEqual(PARTS.map((part) => `${part}.json`).sort());
  });

  it("stand in one file each", () => {
    const all = PARTS.flatMap((part) => [...words("en", part).keys()]);
    expect(all.filter((key, index) => all.indexOf(key) !== index)).toEqual([]);
  });

  it.each(Object.keys(LANGUAGES).flatMap((language) => PARTS.map((part) => [language, part] as const)))(
    "of %s, %s: the same keys and slots as in English, and none empty",
    (language, part) => {
      const english = words("en", part);
      const other = words(language, part);
      expect([...other.keys()].sort()).toEqual([...english.keys()].sort());
      const torn = [...english].filter(
        ([key, text]) => slots(text).join() !== slots(other.get(key) ?? "").join(),
      );
      expect(torn.map(([key]) => key)).toEqual([]);
      // An empty one would be spoken as its key.
      expect([...other].filter(([, text]) => text.trim() === "").map(([key]) => key)).toEqual([]);
    },
  );

  // Some come by themselves, with the words of another.
  it.each([...AREAS, ...Object.keys(BORROWED)])(
    "that %s asks for come with it or are there from the start",
    (area) => {
      const words = BORROWED[area] ?? area;
      const entry = `routes/${area}/area.ts`;
      const reached = new Set([entry, ...reachOf(entry, linksOf)]);
      const missing = code
        .filter(({ path }) => reached.has(path))
        .flatMap(({ path, text }) =>
          asked(text)
            .filter(isKey)
            .filter(
              (key) =>
                ![...everything].some(
                  ([known, part]) => ["shared", words, FRAMED[area]].includes(part) && key.test(known),
                ),
            )
            .map((key) => `${path}: ${key.source}`),
        );
      expect(missing).toEqual([]);
    },
  );

  it("that the first bundle asks for are there from the start", () => {
    const reached = new Set([
      "main.tsx",
      ...reachOf("main.tsx", (file) => linksOf(file).filter((to) => !/area$/.test(to))),
    ]);
    const missing = code
      .filter(({ path }) => reached.has(path))
      .flatMap(({ path, text }) =>
        asked(text)
          .filter(isKey)
          .filter((key) => ![...everything].some(([known, part]) => part === "shared" && key.test(known)))
          .map((key) => `${path}: ${key.source}`),
      );
    expect(missing).toEqual([]);
  });

  it("are all asked for somewhere", () => {
    const keys = code.flatMap(({ text }) => asked(text));
    const unasked = [...everything.keys()].filter((known) => !keys.some((key) => key.test(known)));
    expect(unasked).toEqual([]);
  });

  it("never give their key away", () => {
    const say = spoken().t as (key: string) => string;
    expect(() => say("no.such.key")).toThrow("no.such.key");
  });
});
