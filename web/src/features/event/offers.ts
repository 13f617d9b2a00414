import { useMemo, useRef } from "react";
import type { ArenaEvent, CapacityUpdate, PricingTier, Section } from "@/shared/api/contract";
import { type PriceRank, rankBySection, tiersOf, totalOf } from "@/shared/map/prices";
import { isSoldTo, type Party, partySize } from "./basket";

/** A section as a buyer sees it. */
export interface Offer {
  section: Section;
  tiers: PricingTier[];
  rank: PriceRank | undefined;
  from: number | undefined;
  currency: string | undefined;
  /** Places free now; undefined while the numbers are not there yet. */
  free: number | undefined;
  capacity: number;
  /** Of its places, those kept for wheelchair users and their companions: nobody else is offered them. */
  kept: number;
  /** How many of those are free; undefined while no seat is known. */
  keptFree: number | undefined;
}

interface Terms {
  tiers: Map<string, PricingTier[]>;
  ranks: Map<string, PriceRank>;
}
const known = new WeakMap<readonly PricingTier[], Terms>();
const NONE: PricingTier[] = [];

/** What an event asks for each section: worked out once, while counts come ten times a second. */
function termsOf(event: ArenaEvent): Terms {
  const worked = known.get(event.pricingTiers);
  if (worked !== undefined) return worked;
  const ids = new Set(event.pricingTiers.flatMap((tier) => tier.sectionIds));
  const terms = {
    tiers: new Map([...ids].map((id) => [id, tiersOf(event, id)])),
    ranks: rankBySection(event),
  };
  known.set(event.pricingTiers, terms);
  return terms;
}

/** Each section's offer; one that says the same as `before` is the same object, so that it is not drawn again. */
export function offersOf(
  event: ArenaEvent,
  sections: readonly Section[],
  availability: CapacityUpdate | undefined,
  before: readonly Offer[] = [],
  keptFree?: ReadonlyMap<string, number>,
): readonly Offer[] {
  const counts = new Map(availability?.sections.map((count) => [count.sectionId, count]));
  const terms = termsOf(event);
  const offers = sections.map((section, index): Offer => {
    const tiers = terms.tiers.get(section.id) ?? NONE;
    const count = counts.get(section.id);
    const standard = tiers[0];
    const next: Offer = {
      section,
      tiers,
      rank: terms.ranks.get(section.id),
      from: standard && totalOf(standard),
      currency: standard?.currency,
      // A section without a price is not part of this sale.
      free: standard === undefined ? 0 : availability === undefined ? undefined : (count?.available ?? 0),
      // Places kept back by the organizer are not part of this sale either.
      capacity: count === undefined ? section.capacity : count.available + count.held + count.sold,
      kept: keptIn(section),
      keptFree: keptFree?.get(section.id),
    };
    const last = before[index];
    return last !== undefined && isSame(last, next) ? last : next;
  });
  const isUnchanged =
    offers.length === before.length && offers.every((offer, index) => offer === before[index]);
  return isUnchanged ? before : offers;
}

const keptIn = (section: Section): number =>
  (section.rows ?? []).reduce(
    (total, row) => total + (row.accessible?.length ?? 0) + (row.companion?.length ?? 0),
    0,
  );

// Rank, price and currency follow from the tiers.
const isSame = (a: Offer, b: Offer): boolean =>
  a.section === b.section &&
  a.tiers === b.tiers &&
  a.free === b.free &&
  a.capacity === b.capacity &&
  a.keptFree === b.keptFree;

/** Free for everybody; before a seat is known, at least so many. */
export const plainOf = (offer: Offer, free: number): number => free - (offer.keptFree ?? offer.kept);

/** Says of what kind the free places are where nobody else may have them. */
export const freeWords = (offer: Offer) =>
  offer.free && offer.keptFree !== undefined && plainOf(offer, offer.free) <= 0
    ? "section.onlyKept"
    : "section.free";

export function useOffers(
  event: ArenaEvent,
  sections: readonly Section[],
  availability: CapacityUpdate | undefined,
  keptFree: ReadonlyMap<string, number> | undefined,
): readonly Offer[] {
  const last = useRef<readonly Offer[]>([]);
  last.current = useMemo(
    () => offersOf(event, sections, availability, last.current, keptFree),
    [event, sections, availability, keptFree],
  );
  return last.current;
}

/** Sections that can seat everybody now, none of them in a wheelchair's place: cheap first, the emptier one first. */
export function goodFor(offers: readonly Offer[], party: Party, price: number | null): Offer[] {
  return offers
    .filter(
      (offer) =>
        plainOf(offer, offer.free ?? 0) >= partySize(party) &&
        (price === null || offer.from === price) &&
        isSoldTo(party, offer.tiers),
    )
    .sort((a, b) => (a.from ?? 0) - (b.from ?? 0) || (b.free ?? 0) - (a.free ?? 0));
}
