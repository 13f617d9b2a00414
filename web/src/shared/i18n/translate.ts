import type { TFunction } from "i18next";
import { useSyncExternalStore } from "react";

// The words of the page: texts by key, with slots and plurals. i18next lends its types alone, by which a wrong key is an
// error of the compiler; what a page needs of the rest are these lines.

type Tree = { readonly [key: string]: string | Tree };
type Values = Readonly<Record<string, unknown>>;

const FALLBACK = "en";
const SLOT = /\{\{(\w+)\}\}/g;

const books = new Map<string, Map<string, string>>();
const plurals = new Map<string, Intl.PluralRules>();
const readers = new Set<() => void>();
let missing: (key: string) => string = () => "";
let shown = speaking(FALLBACK);

function speaking(language: string) {
  // Another function for each language, so that whoever depends on it says everything anew.
  const t = ((key: string, values?: Values) => say(language, key, values)) as unknown as TFunction;
  return { t, i18n: { language } };
}

function say(language: string, key: string, values: Values = {}): string {
  const text =
    find(language, key, values) ?? (language === FALLBACK ? undefined : find(FALLBACK, key, values));
  if (text === undefined) return missing(key);
  return text.replace(SLOT, (_, slot: string) => String(values[slot] ?? ""));
}

function find(language: string, key: string, { count }: Values): string | undefined {
  const book = books.get(language);
  if (typeof count !== "number") return book?.get(key);
  return book?.get(`${key}_${categoryOf(language, count)}`) ?? book?.get(`${key}_other`) ?? book?.get(key);
}

function categoryOf(language: string, count: number): Intl.LDMLPluralRule {
  const rules = plurals.get(language) ?? new Intl.PluralRules(language);
  plurals.set(language, rules);
  return rules.select(count);
}

function* flat(tree: Tree, before = ""): Generator<[string, string]> {
  for (const [key, value] of Object.entries(tree))
    if (typeof value === "string") yield [before + key, value];
    else yield* flat(value, `${before}${key}.`);
}

/** Begins anew with nothing to say; `otherwise` says what stands in for a word that is not there. */
export function beginWords(otherwise: (key: string) => string): void {
  books.clear();
  missing = otherwise;
  speak(FALLBACK);
}

export function addWords(language: string, tree: object): void {
  const book = books.get(language) ?? new Map<string, string>();
  for (const [key, text] of flat(tree as Tree)) book.set(key, text);
  books.set(language, book);
}

/** What is shown is said in this language from here on. */
export function speak(language: string): void {
  shown = speaking(language);
  for (const hear of readers) hear();
}

export const wordOf = (language: string, key: string): string | undefined => books.get(language)?.get(key);

const follow = (hear: () => void) => {
  readers.add(hear);
  return () => readers.delete(hear);
};
export const spoken = () => shown;

/** `t` says a key in the language that is read. */
export const useTranslation = () => useSyncExternalStore(follow, spoken);
