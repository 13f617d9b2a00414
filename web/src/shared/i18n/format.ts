import { useTranslation } from "react-i18next";
import { MINOR_UNITS_UNUSUAL } from "./currencies.gen";

/** Minor units to words: 13600 EUR is €136.00. `short` drops the decimals of whole amounts, for chips and maps. */
export function money(minor: number, currency: string, language: string, short = false): string {
  const digits = MINOR_UNITS_UNUSUAL[currency] ?? 2;
  const value = minor / 10 ** digits;
  const whole = short && Number.isInteger(value);
  return new Intl.NumberFormat(language === "en" ? "en-IE" : language, {
    style: "currency",
    currency,
    minimumFractionDigits: whole ? 0 : digits,
    maximumFractionDigits: digits,
  }).format(value);
}

// English dates follow the mock-ups: "Sat 14 Mar, 19:45".
const locale = (language: string) => (language === "en" ? "en-GB" : language);

export function dayOf(iso: string, timezone: string | undefined): string {
  return new Intl.DateTimeFormat(
    "en-CA",
    zone({ year: "numeric", month: "2-digit", day: "2-digit" }, timezone),
  ).format(new Date(iso));
}

const knownZones = new Map<string, boolean>();

function isKnown(timezone: string): boolean {
  let known = knownZones.get(timezone);
  if (known === undefined) {
    try {
      known = new Intl.DateTimeFormat("en", { timeZone: timezone }) !== null;
    } catch {
      known = false;
    }
    knownZones.set(timezone, known);
  }
  return known;
}

function zone(options: Intl.DateTimeFormatOptions, timezone: string | undefined): Intl.DateTimeFormatOptions {
  if (timezone === undefined) return options;
  if (isKnown(timezone)) return { ...options, timeZone: timezone };
  // A zone that this browser does not know spoils no page: the time is UTC, and says so.
  return { ...options, timeZone: "UTC", ...(options.hour && { timeZoneName: "short" }) };
}

export function useFormat() {
  const { i18n } = useTranslation();
  const language = i18n.language;
  const date = (iso: string, options: Intl.DateTimeFormatOptions, timezone?: string) =>
    new Intl.DateTimeFormat(locale(language), zone(options, timezone)).format(new Date(iso));
  return {
    money: (minor: number, currency: string) => money(minor, currency, language),
    price: (minor: number, currency: string) => money(minor, currency, language, true),
    number: (value: number) => new Intl.NumberFormat(locale(language)).format(value),
    percent: (basisPoints: number) =>
      new Intl.NumberFormat(locale(language), { style: "percent", maximumFractionDigits: 2 }).format(
        basisPoints / 10_000,
      ),
    time: (iso: string, timezone?: string) =>
      date(iso, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, timezone),
    clock: (ms: number) =>
      date(new Date(ms).toISOString(), {
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
        hourCycle: "h23",
      }),
    weekday: (iso: string, timezone?: string) => date(iso, { weekday: "long" }, timezone),
    day: (iso: string, timezone?: string) => date(iso, { day: "numeric", month: "long" }, timezone),
    longDay: (iso: string, timezone?: string) =>
      date(iso, { weekday: "long", day: "numeric", month: "long" }, timezone),
    when: (iso: string, timezone?: string) =>
      date(
        iso,
        {
          weekday: "short",
          day: "numeric",
          month: "short",
          hour: "2-digit",
          minute: "2-digit",
          hourCycle: "h23",
        },
        timezone,
      ),
  };
}
