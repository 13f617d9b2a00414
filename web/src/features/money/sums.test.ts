import { describe, expect, it } from "vitest";
import type { LedgerLine } from "@/shared/api/contract";
import { placesOf, sumsOf, totals } from "./sums";

const line = (change: Partial<LedgerLine> = {}): LedgerLine => ({
  eventId: "event-1",
  currency: "EUR",
  processor: 8100,
  bank: 0,
  till: 0,
  receivable: 0,
  sales: -7500,
  fees: -250,
  tax: -1350,
  refunds: 1000,
  disputes: 0,
  ...change,
});

describe("a line of the ledger", () => {
  it("says what was sold with its tax, what went back and what stays", () => {
    expect(sumsOf(line())).toEqual({ sold: 9100, tax: 1350, back: 1000, disputed: 0, stays: 8100 });
  });

  it("names the places that have money, and those that owe it", () => {
    expect(placesOf(line({ till: -200 }))).toEqual([
      { place: "processor", amount: 8100 },
      { place: "till", amount: -200 },
    ]);
  });

  it("is added up by currency, never across", () => {
    const found = totals([line(), line({ eventId: "event-2" }), line({ currency: "JPY" })]);
    expect(found.map(({ currency, processor }) => [currency, processor])).toEqual([
      ["EUR", 16_200],
      ["JPY", 8100],
    ]);
  });
});
