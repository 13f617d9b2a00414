import type { ParseKeys } from "i18next";
import english from "./locales/en/shared.json";
import { addWords, beginWords, speak } from "./translate";

export const LANGUAGES = { en: "English", de: "Deutsch", es: "Español" } as const;
export type Language = keyof typeof LANGUAGES;

/** A part of the app with a bundle and a file of words of its own. */
export type AreaName =
  | "gate"
  | "entry"
  | "buyer"
  | "checkout"
  | "wallet"
  | "account"
  | "organizer"
  | "mails"
  | "money"
  | "waiting"
  | "queueControl"
  | "chart"
  | "insight"
  | "settings";
type Part = AreaName | "shared";

/** A key that has words, for what is chosen in one place and said in another. */
export type WordKey = ParseKeys;

const KEY = "arenapulse.language";
// What every page needs ships in English with the page; the rest is fetched with the area, in one language.
const FILES = import.meta.glob<object>(["./locales/*/*.json", "!./locales/en/shared.json"], {
  import: "default",
});

const wanted = new Set<Part>(["shared"]);
const there = new Set<string>();
let language: Language = "en";

/** `missing` says what stands in for a word that is not there: nothing, for a key is not for people. */
export function startI18n(missing: (key: string) => string = () => ""): void {
  // The dictionary begins anew, and so does the book of what is in it.
  there.clear();
  there.add("en/shared");
  language = "en";
  beginWords(missing);
  addWords("en", english);
}

/** The words of an area, in the language that is read; asked for before its first screen is shown. */
export async function loadWords(area: AreaName): Promise<void> {
  wanted.add(area);
  await fetchWords(language, area);
}

export async function setLanguage(next: Language): Promise<void> {
  const before = language;
  // From here on new areas come in the new language.
  language = next;
  try {
    await fetchAll(next);
  } catch (error) {
    language = before;
    await fetchAll(before);
    throw error;
  }
  speak(next);
  document.documentElement.lang = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Without storage the choice lasts until the page is closed.
  }
}

const fetchAll = (of: Language): Promise<unknown> =>
  Promise.all([...wanted].map((part) => fetchWords(of, part)));

async function fetchWords(of: Language, part: Part): Promise<void> {
  const name = `${of}/${part}`;
  const fetchFile = FILES[`./locales/${name}.json`];
  if (there.has(name) || fetchFile === undefined) return;
  addWords(of, await fetchFile());
  there.add(name);
}

export function preferredLanguage(): Language {
  const wishes = [stored(), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return wishes.find((wish): wish is Language => wish !== null && wish in LANGUAGES) ?? "en";
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
