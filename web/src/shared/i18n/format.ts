import { useTranslation } from "react-i18next";
import { MINOR_UNITS_UNUSUAL } from "./currencies.gen";

// An Intl object costs a hundred times what using it does, so each is made once.

const MADE_MAX = 500;

/** Remembers what was made under a key. Zones and currencies come from organizers, so there is an end to it. */
function remembering<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    if (made.size >= MADE_MAX) made.clear();
    const value = make(key);
    made.set(key, value);
    return value;
  };
}

// ---- money ----

const digitsOf = (currency: string): number => MINOR_UNITS_UNUSUAL[currency] ?? 2;

const moneyFormat = remembering((key) => {
  const [language = "en", currency = "EUR", fraction] = key.split("|");
  const digits = digitsOf(currency);
  return new Intl.NumberFormat(language === "en" ? "en-IE" : language, {
    style: "currency",
    currency,
    minimumFractionDigits: fraction === "whole" ? 0 : digits,
    maximumFractionDigits: digits,
  });
});

/** Minor units to words: 13600 EUR is €136.00. `short` drops the decimals of whole amounts, for chips and maps. */
export function money(minor: number, currency: string, language: string, short = false): string {
  const value = minor / 10 ** digitsOf(currency);
  const whole = short && Number.isInteger(value);
  return moneyFormat(`${language}|${currency}|${whole ? "whole" : "all"}`).format(value);
}

const briefFormat = remembering((key) => {
  const [language = "en", currency = "EUR"] = key.split("|");
  return new Intl.NumberFormat(language === "en" ? "en-IE" : language, {
    style: "currency",
    currency,
    notation: "compact",
    maximumFractionDigits: 2,
  });
});
const BRIEF_FROM = 100_000;

// ---- times ----

// English dates follow the mock-ups: "Sat 14 Mar, 19:45".
const locale = (language: string) => (language === "en" ? "en-GB" : language);

const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const STYLES = {
  isoDay: { year: "numeric", month: "2-digit", day: "2-digit" },
  time: TIME,
  clock: { ...TIME, second: "2-digit" },
  weekday: { weekday: "long" },
  day: { day: "numeric", month: "long" },
  date: { day: "numeric", month: "short", year: "numeric" },
  month: { month: "long", year: "numeric" },
  longDay: { weekday: "long", day: "numeric", month: "long" },
  when: { weekday: "short", day: "numeric", month: "short", ...TIME },
  away: { weekday: "short", day: "numeric", month: "short", ...TIME, timeZoneName: "short" },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;
type Style = keyof typeof STYLES;

const dateFormat = remembering((key) => {
  const [tag = "en-GB", style = "when", timeZone] = key.split("|");
  const options: Intl.DateTimeFormatOptions = STYLES[style as Style];
  if (!timeZone) return new Intl.DateTimeFormat(tag, options);
  try {
    return new Intl.DateTimeFormat(tag, { ...options, timeZone });
  } catch {
    // A zone that this browser does not know spoils no page: the time is UTC, and says so.
    return new Intl.DateTimeFormat(tag, {
      ...options,
      timeZone: "UTC",
      ...(options.hour && { timeZoneName: "short" }),
    });
  }
});

const date = (tag: string, style: Style, at: string | number, timezone = ""): string =>
  dateFormat(`${tag}|${style}|${timezone}`).format(new Date(at));

/** The calendar day there, as 2026-03-14. */
export const dayOf = (at: string | number, timezone: string | undefined): string =>
  date("en-CA", "isoDay", at, timezone);

/** The zone of this browser's clock. */
export const zoneHere = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** An instant as `datetime-local` inputs want it, on the clocks there: 2026-03-14T19:45. */
export const localOf = (at: string | number, timezone: string): string =>
  `${dayOf(at, timezone)}T${date("en-GB", "time", at, timezone)}`;

/** The instant at which clocks there show this; in an hour that they skip or show twice, one of the two. */
export function instantOf(local: string, timezone: string): string | null {
  const wall = Date.parse(`${local}Z`);
  if (Number.isNaN(wall)) return null;
  let at = wall;
  // Twice, for the first guess may lie on the other side of a change of clocks.
  for (let round = 0; round < 2; round += 1) at += wall - Date.parse(`${localOf(at, timezone)}Z`);
  return new Date(at).toISOString().replace(".000Z", "Z");
}

/** Minor units as somebody would type them: 2550 EUR is 25.50. */
export const decimalOf = (minor: number, currency: string): string =>
  (minor / 10 ** digitsOf(currency)).toFixed(digitsOf(currency));

/** What somebody typed as minor units, with a point or a comma; null for what is no amount. */
export function minorOf(text: string, currency: string): number | null {
  const digits = digitsOf(currency);
  const found = /^(\d{1,7})(?:[.,](\d{0,3}))?$/.exec(text.trim());
  if (found === null || (found[2] ?? "").length > digits) return null;
  return Number(found[1]) * 10 ** digits + Number((found[2] ?? "").padEnd(digits, "0") || 0);
}

// ---- all of a language ----

const numberFormat = remembering((tag) => new Intl.NumberFormat(tag));
const currencyNames = remembering((tag) => new Intl.DisplayNames(tag, { type: "currency" }));
const regionNames = remembering((tag) => new Intl.DisplayNames(tag, { type: "region" }));
const percentFormat = remembering(
  (tag) => new Intl.NumberFormat(tag, { style: "percent", maximumFractionDigits: 2 }),
);

const waitFormat = remembering((key) => {
  const [language, unit] = key.split("|");
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" });
});
const MINUTES_FROM = 100;

/** How long to wait, in the unit that one would say: "40 seconds", "29 minutes". */
export const wait = (seconds: number, language: string): string =>
  seconds < MINUTES_FROM
    ? waitFormat(`${language}|second`).format(seconds)
    : waitFormat(`${language}|minute`).format(Math.ceil(seconds / 60));

export type Format = ReturnType<typeof formatOf>;
const formatIn = remembering(formatOf);

function formatOf(language: string) {
  const tag = locale(language);
  return {
    money: (minor: number, currency: string) => money(minor, currency, language),
    price: (minor: number, currency: string) => money(minor, currency, language, true),
    /** For tiles: large amounts in three figures, as €2.74M. */
    brief: (minor: number, currency: string) => {
      const value = minor / 10 ** digitsOf(currency);
      return Math.abs(value) < BRIEF_FROM
        ? money(minor, currency, language, true)
        : briefFormat(`${language}|${currency}`).format(value);
    },
    /** What a currency is called. */
    currency: (code: string) => currencyNames(tag).of(code) ?? code,
    /** What a country is called; anything else than its two letters stays as it is. */
    country: (code: string) =>
      /^[A-Za-z]{2}$/.test(code) ? (regionNames(tag).of(code.toUpperCase()) ?? code) : code,
    number: (value: number) => numberFormat(tag).format(value),
    percent: (basisPoints: number) => percentFormat(tag).format(basisPoints / 10_000),
    time: (iso: string, timezone?: string) => date(tag, "time", iso, timezone),
    clock: (ms: number) => date(tag, "clock", ms),
    weekday: (iso: string, timezone?: string) => date(tag, "weekday", iso, timezone),
    day: (iso: string, timezone?: string) => date(tag, "day", iso, timezone),
    /** With its year. */
    date: (iso: string, timezone?: string) => date(tag, "date", iso, timezone),
    month: (iso: string, timezone?: string) => date(tag, "month", iso, timezone),
    longDay: (iso: string, timezone?: string) => date(tag, "longDay", iso, timezone),
    /** Where clocks show another time than here, the zone is named. */
    when: (iso: string, timezone?: string) => {
      const here = date(tag, "when", iso);
      const there = date(tag, "when", iso, timezone);
      return there === here ? there : date(tag, "away", iso, timezone);
    },
  };
}

/** One and the same for as long as the language is. */
export function useFormat(): Format {
  const { i18n } = useTranslation();
  return formatIn(i18n.language);
}
