import type { ArenaEvent, PricingTier } from "../api/contract";

export type PriceRank = 1 | 2 | 3 | 4 | 5;

export interface PricePoint {
  total: number;
  currency: string;
  rank: PriceRank;
}

/** The price is the price: fees are in from the first number. */
export const totalOf = (tier: PricingTier): number => tier.amount + tier.fee;

/** In the organizer's order. */
export const tiersOf = (event: Pick<ArenaEvent, "pricingTiers">, sectionId: string): PricingTier[] =>
  event.pricingTiers.filter((tier) => tier.sectionIds.includes(sectionId));

/** The first: what the organizer means for everybody. The cheapest may be for children alone. */
export const standardTier = (
  event: Pick<ArenaEvent, "pricingTiers">,
  sectionId: string,
): PricingTier | undefined => tiersOf(event, sectionId)[0];

// Few prices still use the whole ramp: further from the ground is dearer.
const SPREAD: Record<number, PriceRank[]> = {
  1: [3],
  2: [2, 4],
  3: [1, 3, 5],
  4: [1, 2, 4, 5],
  5: [1, 2, 3, 4, 5],
};

/** The distinct standard prices of the sections, cheap to dear, each with its place on the colour ramp. */
export function pricePoints(event: Pick<ArenaEvent, "pricingTiers">): PricePoint[] {
  const sectionIds = new Set(event.pricingTiers.flatMap((tier) => tier.sectionIds));
  const totals = new Map<number, string>();
  for (const id of sectionIds) {
    const tier = standardTier(event, id);
    if (tier !== undefined) totals.set(totalOf(tier), tier.currency);
  }
  const sorted = [...totals].sort(([a], [b]) => a - b);
  return sorted.map(([total, currency], index) => ({ total, currency, rank: rankAt(index, sorted.length) }));
}

function rankAt(index: number, count: number): PriceRank {
  const spread = SPREAD[count];
  return spread?.[index] ?? ((1 + Math.floor((index * 5) / count)) as PriceRank);
}

/** Section id → place on the ramp. */
export function rankBySection(event: Pick<ArenaEvent, "pricingTiers">): Map<string, PriceRank> {
  const ranks = new Map(pricePoints(event).map((point) => [point.total, point.rank]));
  const ids = new Set(event.pricingTiers.flatMap((tier) => tier.sectionIds));
  const bySection = new Map<string, PriceRank>();
  for (const id of ids) {
    const tier = standardTier(event, id);
    const rank = tier && ranks.get(totalOf(tier));
    if (rank !== undefined) bySection.set(id, rank);
  }
  return bySection;
}
