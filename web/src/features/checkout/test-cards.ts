// What the twin of the card vendor knows by number, as the vendor's own test mode does. A number never leaves the page:
// what is sent is the name of its card.

export const TEST_CARDS = [
  { token: "pm_card_visa", number: "4242424242424242" },
  { token: "pm_card_chargeDeclined", number: "4000000000000002" },
  { token: "pm_card_chargeDeclinedInsufficientFunds", number: "4000000000009995" },
  { token: "pm_card_threeDSecure2Required", number: "4000000000003220" },
] as const;

const NUMBER_MAX = 19;
const CENTURY = 2000;

const digitsOf = (text: string): string => text.replace(/\D/g, "");

export const cardOf = (number: string) => TEST_CARDS.find((card) => card.number === digitsOf(number));

/** In groups of four, as it stands on a card. */
export const groupedNumber = (text: string): string =>
  digitsOf(text)
    .slice(0, NUMBER_MAX)
    .replace(/(\d{4})(?=\d)/g, "$1 ");

/** "1 / 30", "0130" and "01/2030" are "01 / 30". */
export function spacedExpiry(text: string): string {
  const typed = digitsOf(text);
  const padded = /^[2-9]|^\d\D+\d/.test(text.trim()) ? `0${typed}` : typed;
  const [month, year] = [padded.slice(0, 2), padded.slice(2)];
  const short = year.length > 2 ? year.slice(year.startsWith("20") ? 2 : 0).slice(0, 2) : year;
  return short === "" ? month : `${month} / ${short}`;
}

export const codeOnly = (text: string): string => digitsOf(text).slice(0, 4);

export type Fault = "number" | "noTest" | "expiry" | "code";
export interface Typed {
  number: string;
  expiry: string;
  code: string;
}

/** What is not right with what was typed, in the order of the fields. */
export function faultsOf({ number, expiry, code }: Typed, now: number): Fault[] {
  const faults: Fault[] = [];
  if (!isNumber(digitsOf(number))) faults.push("number");
  else if (cardOf(number) === undefined) faults.push("noTest");
  if (!isToCome(expiry, now)) faults.push("expiry");
  if (!/^\d{3,4}$/.test(code)) faults.push("code");
  return faults;
}

/** Luhn: the last digit of a number holds the others together. */
function isNumber(digits: string): boolean {
  if (digits.length < 12) return false;
  const sum = [...digits].reverse().reduce((total, digit, n) => {
    const value = Number(digit) * (n % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** A card is good to the end of its month. */
function isToCome(expiry: string, now: number): boolean {
  const [, month = "", year = ""] = /^(\d\d) \/ (\d\d)$/.exec(expiry) ?? [];
  const at = Number(month);
  return at >= 1 && at <= 12 && Date.UTC(CENTURY + Number(year), at, 1) > now;
}
