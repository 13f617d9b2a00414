import { useTranslation } from "react-i18next";

const minorDigits = (currency: string): number =>
  new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;

/** Minor units to words: 13600 EUR is €136.00. `short` drops the decimals of whole amounts, for chips and maps. */
export function money(minor: number, currency: string, language: string, short = false): string {
  const digits = minorDigits(currency);
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

function zone(options: Intl.DateTimeFormatOptions, timezone: string | undefined): Intl.DateTimeFormatOptions {
  return timezone === undefined ? options : { ...options, timeZone: timezone };
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
