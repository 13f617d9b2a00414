import { request } from "@/shared/api/client";
import type { PricingTier } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { tiersOf, totalOf } from "@/shared/map/prices";
import { isSoldTo, type Party, type Pick, partySize } from "./basket";
import { type Offer, plainOf } from "./offers";

// Three ways to sit, asked of the server: the best view, the cheapest together, and two groups apart. Nothing is held.

export type Reason = "view" | "cheap" | "apart" | "standing" | "wheelchair";
export interface Proposal {
  reason: Reason;
  picks: readonly Pick[];
  /** All side by side. What is not must be agreed to. */
  isTogether: boolean;
}
interface Best {
  sectionId: string;
  seats: { row: string; seat: number; sectionId?: string }[];
  adjacent: boolean;
}
export interface Asked {
  eventId: string;
  party: Party;
  /** All that the event asks; `offers` are the sections of its chart, none while that is not there. */
  tiers: PricingTier[];
  offers: readonly Offer[];
  price: number | null;
  isAccessible: boolean;
  promoCode: string | null;
  /** Only there; the whole house without. */
  sectionId: string | null;
}

const TRIES = 4;
const APART_FROM = 4;

/** Up to three proposals that differ, each with a place for everybody at their own level; none where there is none. */
export async function propose(asked: Asked): Promise<Proposal[]> {
  const isOpen = asked.price === null || asked.sectionId !== null;
  const made = await Promise.all([
    isOpen ? best(asked) : null,
    // In one section two draws of the best differ: chance decides among the first few.
    asked.sectionId === null ? among(asked, roomy(asked), "cheap") : best(asked),
    partySize(asked.party) >= APART_FROM && !asked.isAccessible ? apart(asked) : null,
  ]);
  const seen = new Set<string>();
  return made.filter((each): each is Proposal => {
    if (each === null) return false;
    const key = each.picks
      .map(({ sectionId, seat }) => `${sectionId} ${seat?.row} ${seat?.seat}`)
      .sort()
      .join();
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

/** What a section sells; nothing where it has another price than the one that is looked for. */
function soldIn({ tiers, price, sectionId: only }: Asked, sectionId: string): PricingTier[] {
  const its = tiersOf({ pricingTiers: tiers }, sectionId);
  const isAtPrice = price === null || only !== null || (its[0] && totalOf(its[0])) === price;
  return isAtPrice ? its : [];
}

/** Those with a price and places for everybody, cheap first, the emptier one first. What was not counted may be free. */
function roomy(asked: Asked): Offer[] {
  const count = partySize(asked.party);
  const freeIn = (offer: Offer) => offer.free ?? offer.capacity;
  return asked.offers
    .filter(({ section }) => isSoldTo(asked.party, soldIn(asked, section.id)))
    .filter((offer) =>
      asked.isAccessible
        ? (offer.keptFree ?? offer.kept) > 0 && freeIn(offer) > 0
        : plainOf(offer, freeIn(offer)) >= count,
    )
    .sort((a, b) => (a.from ?? 0) - (b.from ?? 0) || freeIn(b) - freeIn(a));
}

async function best(asked: Asked): Promise<Proposal | null> {
  const reason = asked.isAccessible ? "wheelchair" : "view";
  const found = await ask(asked, { quantity: partySize(asked.party) });
  const made = found === undefined ? null : proposal(asked, found, reason);
  if (made !== null || found === undefined || asked.sectionId !== null) return made;
  // There somebody's level is not sold. Of the sections where all of them are, the dearest have the best view.
  const dearest = roomy(asked).sort((a, b) => (b.from ?? 0) - (a.from ?? 0));
  return among(asked, dearest, reason);
}

/** The first of these sections in which all sit together, or else the first in which they sit at all. */
async function among(asked: Asked, offers: readonly Offer[], reason: Reason): Promise<Proposal | null> {
  let fallback: Proposal | null = null;
  for (const { section } of offers.slice(0, TRIES)) {
    const found = await ask(asked, { quantity: partySize(asked.party), sectionId: section.id });
    const made = found === undefined ? null : proposal(asked, found, reason);
    if (made?.isTogether) return made;
    fallback ??= made;
  }
  return fallback;
}

/** Half and half, each side by side. Chance decides among the best: where both halves are the same seats, they are drawn anew. */
async function apart(asked: Asked): Promise<Proposal | null> {
  const count = partySize(asked.party);
  const [some, others] = [Math.ceil(count / 2), Math.floor(count / 2)];
  for (let round = 0; round < TRIES; round++) {
    const [first, second] = await Promise.all([
      ask(asked, { quantity: some }),
      ask(asked, { quantity: others }),
    ]);
    if (first === undefined || second === undefined || !first.adjacent || !second.adjacent) return null;
    const seats = [first, second].flatMap((each) =>
      each.seats.map((seat) => ({ sectionId: each.sectionId, ...seat })),
    );
    const names = new Set(seats.map((seat) => `${seat.sectionId} ${seat.row} ${seat.seat}`));
    if (names.size === count) return proposal(asked, { ...first, seats, adjacent: false }, "apart");
  }
  return null;
}

/** What was found as picks; null where somebody of the party has no price there. */
function proposal(asked: Asked, found: Best, reason: Reason): Proposal | null {
  const count = partySize(asked.party);
  const isStanding = found.seats.length === 0;
  const places = isStanding
    ? Array.from({ length: count }, () => ({ sectionId: found.sectionId, seat: null }))
    : found.seats.map(({ row, seat, sectionId }) => ({
        sectionId: sectionId ?? found.sectionId,
        seat: { row, seat },
      }));
  const picks = shared(asked, places);
  return (
    picks && {
      reason: isStanding ? "standing" : reason,
      picks,
      isTogether: found.adjacent || isStanding || count === 1,
    }
  );
}

/** Each place to somebody who has none yet and whose level is sold there; those that sell to fewest go first. */
function shared(asked: Asked, places: readonly Omit<Pick, "priceLevel">[]): Pick[] | null {
  const missing = new Map(Object.entries(asked.party));
  const choices = places
    .map((place) => ({ place, sold: soldIn(asked, place.sectionId) }))
    .sort((a, b) => a.sold.length - b.sold.length);
  const picks: Pick[] = [];
  for (const { place, sold } of choices) {
    const priceLevel = sold.find((tier) => (missing.get(tier.priceLevel) ?? 0) > 0)?.priceLevel;
    if (priceLevel === undefined) return null;
    missing.set(priceLevel, (missing.get(priceLevel) ?? 0) - 1);
    picks.push({ ...place, priceLevel });
  }
  return picks;
}

/** Of the levels that come the one that fewest sections sell: where it is sold, the others are most likely to be. */
function rarest({ party, tiers }: Asked): string {
  const sections = (level: string) =>
    tiers.reduce((sum, tier) => sum + (tier.priceLevel === level ? tier.sectionIds.length : 0), 0);
  const levels = Object.keys(party).filter((level) => (party[level] ?? 0) > 0);
  return levels.sort((a, b) => sections(a) - sections(b))[0] ?? "";
}

async function ask(asked: Asked, more: { quantity: number; sectionId?: string }): Promise<Best | undefined> {
  try {
    return await request<Best>(`/events/${encodeURIComponent(asked.eventId)}/best-available`, {
      method: "POST",
      body: {
        ...(asked.sectionId !== null && { sectionId: asked.sectionId }),
        ...more,
        priceLevel: rarest(asked),
        ...(asked.isAccessible && { accessible: true }),
        ...(asked.promoCode !== null && { promoCode: asked.promoCode }),
      },
    });
  } catch (error) {
    // Not as many, or not at this level: no answer of this kind, but others may have one.
    if (codeOf(error) === "EVENT002" || codeOf(error) === "VALIDATION001") return undefined;
    throw error;
  }
}
