import type { PriceFigures, PricingTier } from "@/shared/api/contract";

export interface PriceLine {
  name: string;
  tickets: number;
  amount: number;
  fees: number;
  /** What promo codes took off. */
  discount: number;
  paid: number;
}

const NOTHING = { tickets: 0, amount: 0, fees: 0, discount: 0, paid: 0 };

const add = (line: PriceLine, more: Omit<PriceLine, "name">): PriceLine => ({
  name: line.name,
  tickets: line.tickets + more.tickets,
  amount: line.amount + more.amount,
  fees: line.fees + more.fees,
  discount: line.discount + more.discount,
  paid: line.paid + more.paid,
});

/** Sections and levels by the prices that they are sold at; a level that is sold no more goes by its own word. */
export function byTier(found: readonly PriceFigures[], tiers: readonly PricingTier[]): PriceLine[] {
  const lines = new Map<string, PriceLine>();
  for (const { sectionId, priceLevel, ticketsSold, amount, fees, discount } of found) {
    const tier = tiers.find((each) => each.priceLevel === priceLevel && each.sectionIds.includes(sectionId));
    const name = tier?.name ?? priceLevel;
    const more = { tickets: ticketsSold, amount, fees, discount, paid: amount + fees - discount };
    lines.set(name, add(lines.get(name) ?? { name, ...NOTHING }, more));
  }
  return [...lines.values()].sort((a, b) => b.paid - a.paid);
}

export const summed = (lines: readonly PriceLine[]): PriceLine => lines.reduce(add, { name: "", ...NOTHING });
