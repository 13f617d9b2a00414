import type { PricingTier } from "@/shared/api/contract";
import { type Pick, partySize, pick, settle, standIn, unsoldTo, type Wish } from "./basket";
import type { Offer } from "./offers";

// A section may sell no place at the level of somebody who comes. Nobody is given another level without being asked.

export interface Question {
  offer: Offer;
  /** The levels that are not sold there, one entry a person. */
  levels: readonly string[];
  /** What they would come as. */
  instead: PricingTier;
  /** The wish, if they do. */
  agreed: Wish;
  /** It is about one seat, not about all who would stand there. */
  isSeat: boolean;
}
interface Asked {
  wish: Wish;
  offers: readonly Offer[];
  /** The section that is looked at. */
  offer: Offer | undefined;
  /** The seat that was pressed last, and not given. */
  wanted: Omit<Pick, "priceLevel"> | null;
  max: number;
}

export const levelsIn = (offer: Offer | undefined): string[] =>
  offer?.tiers.map(({ priceLevel }) => priceLevel) ?? [];

export function questionOf({ wish, offers, offer, wanted, max }: Asked): Question | undefined {
  const its = wanted === null ? offer : offers.find(({ section }) => section.id === wanted.sectionId);
  const instead = its?.tiers[0];
  if (its === undefined || instead === undefined || wish.picks.length >= max) return undefined;
  if (wanted === null && its.section.kind === "SEATED") return undefined;
  const sold = levelsIn(its);
  const unsold = unsoldTo(wish, sold);
  const isOthersTurn = wanted !== null && unsold.length < partySize(wish.party) - wish.picks.length;
  if (unsold.length === 0 || isOthersTurn) return undefined;
  const levels = wanted === null ? unsold : unsold.slice(0, 1);
  const settled = settle(wish, sold, levels.length);
  return { offer: its, levels, instead, agreed: placed(settled), isSeat: wanted !== null };

  function placed(next: Wish): Wish {
    if (wanted !== null) return pick(next, wanted, { sold, max });
    // Where nothing was picked one by one, who chose the section wants places in it.
    return next.picks.length === 0 || its === undefined ? next : standIn(next, its.section.id, { sold, max });
  }
}
