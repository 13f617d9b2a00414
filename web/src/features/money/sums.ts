import type { LedgerLine } from "@/shared/api/contract";

/** What a line of the ledger means to whoever sells; debits of the ledger are positive, so what was earned is negative there. */
export interface Sums {
  sold: number;
  tax: number;
  back: number;
  disputed: number;
  /** What stays of it, wherever it is now. */
  stays: number;
}

const PLACES = ["processor", "bank", "till", "receivable"] as const;
export type Place = (typeof PLACES)[number];

export const sumsOf = (line: LedgerLine): Sums => ({
  sold: -(line.sales + line.fees + line.tax) + 0,
  tax: -line.tax + 0,
  back: line.refunds,
  disputed: line.disputes,
  stays: PLACES.reduce((sum, place) => sum + line[place], 0),
});

/** All lines of a currency as one. */
export function totals(lines: readonly LedgerLine[]): LedgerLine[] {
  const found = new Map<string, LedgerLine>();
  for (const line of lines) {
    const sum = found.get(line.currency);
    if (sum === undefined) found.set(line.currency, { ...line });
    else for (const [name, amount] of Object.entries(line)) add(sum, name as keyof LedgerLine, amount);
  }
  return [...found.values()];
}

function add(sum: LedgerLine, name: keyof LedgerLine, amount: string | number): void {
  if (name === "eventId" || name === "currency" || typeof amount === "string") return;
  sum[name] += amount;
}

/** Where the money of a line is, without the places that have none. */
export const placesOf = (line: LedgerLine): { place: Place; amount: number }[] =>
  PLACES.map((place) => ({ place, amount: line[place] })).filter(({ amount }) => amount !== 0);
