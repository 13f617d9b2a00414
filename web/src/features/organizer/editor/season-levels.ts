import type { NewSeasonOffer, PricingTier } from "@/shared/api/contract";

type Offered = NewSeasonOffer["levels"][number];

/** A price level on the screen: whether season tickets are sold at it, and what a place costs at each date. */
export interface Level extends Offered {
  name: string;
  isSold: boolean;
}

/** The levels of the first date; one that is not sold yet begins at what its cheapest section costs alone. */
export function levelsOf(tiers: readonly PricingTier[], offered: readonly Offered[]): Level[] {
  const sold = new Map(offered.map(({ priceLevel, amount }) => [priceLevel, amount]));
  const found = new Map<string, Level>();
  for (const { priceLevel, name, amount } of tiers) {
    const known = found.get(priceLevel);
    const least = Math.min(amount, known?.amount ?? amount);
    const isSold = sold.has(priceLevel);
    found.set(priceLevel, {
      priceLevel,
      name: known?.name ?? name,
      isSold,
      amount: sold.get(priceLevel) ?? least,
    });
  }
  return [...found.values()];
}

export const soldOf = (levels: readonly Level[]): Offered[] =>
  levels.filter(({ isSold }) => isSold).map(({ priceLevel, amount }) => ({ priceLevel, amount }));
