import { request } from "@/shared/api/client";
import { codeOf } from "@/shared/api/errors";
import { nextLevel, type Party, type Pick, partySize, type Wish } from "./basket";
import type { Offer } from "./offers";

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
  offers: readonly Offer[];
  price: number | null;
  isAccessible: boolean;
  promoCode: string | null;
  /** Only there; the whole house without. */
  sectionId: string | null;
}

const CHEAP_TRIES = 4;
const APART_FROM = 4;

/** Up to three proposals that differ; none where nothing is free for so many. */
export async function propose(asked: Asked): Promise<Proposal[]> {
  const count = partySize(asked.party);
  const sold = asked.offers.filter((offer) => sells(offer, asked));
  const isOpen = asked.price === null || asked.sectionId !== null;
  const made = await Promise.all([
    isOpen ? best(asked, count, sold) : null,
    // In one section two draws of the best differ: chance decides among the first few.
    asked.sectionId === null ? cheapest(asked, count, sold) : best(asked, count, sold),
    count >= APART_FROM && !asked.isAccessible ? apart(asked, count) : null,
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

/** Those that have enough for everybody at every level that comes, as far as counts tell. */
function sells(offer: Offer, { party, price }: Asked): boolean {
  const levels = new Set(offer.tiers.map((tier) => tier.priceLevel));
  const isForAll = Object.entries(party).every(([level, count]) => count === 0 || levels.has(level));
  return isForAll && (offer.free ?? 0) > 0 && (price === null || offer.from === price);
}

async function best(asked: Asked, count: number, sold: readonly Offer[]): Promise<Proposal | null> {
  const found = await ask(asked, { quantity: count });
  return found === undefined
    ? null
    : proposal(asked, found, asked.isAccessible ? "wheelchair" : "view", sold);
}

async function cheapest(asked: Asked, count: number, sold: readonly Offer[]): Promise<Proposal | null> {
  const cheap = sold
    .filter((offer) => (asked.isAccessible ? offer.kept > 0 : (offer.free ?? 0) - offer.kept >= count))
    .sort((a, b) => (a.from ?? 0) - (b.from ?? 0) || (b.free ?? 0) - (a.free ?? 0));
  let fallback: Proposal | null = null;
  for (const { section } of cheap.slice(0, CHEAP_TRIES)) {
    const found = await ask(asked, { quantity: count, sectionId: section.id });
    if (found === undefined) continue;
    const made = proposal(asked, found, "cheap", sold);
    if (made.isTogether) return made;
    fallback ??= made;
  }
  return fallback;
}

/** Half and half, each side by side. */
async function apart(asked: Asked, count: number): Promise<Proposal | null> {
  const [some, others] = [Math.ceil(count / 2), Math.floor(count / 2)];
  const [first, second] = await Promise.all([
    ask(asked, { quantity: some }),
    ask(asked, { quantity: others }),
  ]);
  if (first === undefined || second === undefined || !first.adjacent || !second.adjacent) return null;
  const seats = [first, second].flatMap((each) =>
    each.seats.map((seat) => ({ sectionId: each.sectionId, ...seat })),
  );
  const names = new Set(seats.map((seat) => `${seat.sectionId} ${seat.row} ${seat.seat}`));
  if (names.size !== count) return null;
  return {
    ...proposal(asked, { ...first, seats, adjacent: false }, "apart", asked.offers),
    isTogether: false,
  };
}

function proposal(asked: Asked, found: Best, reason: Reason, offers: readonly Offer[]): Proposal {
  const count = partySize(asked.party);
  const isStanding = found.seats.length === 0;
  const places = isStanding
    ? Array.from({ length: count }, () => ({ sectionId: found.sectionId, seat: null }))
    : found.seats.map(({ row, seat, sectionId }) => ({
        sectionId: sectionId ?? found.sectionId,
        seat: { row, seat },
      }));
  let wish: Wish = { party: asked.party, picks: [] };
  for (const place of places) {
    const sold = offers.find(({ section }) => section.id === place.sectionId)?.tiers ?? [];
    const levels = sold.map((tier) => tier.priceLevel);
    const priceLevel = nextLevel(wish, levels) ?? Object.keys(asked.party)[0] ?? "";
    wish = { party: asked.party, picks: [...wish.picks, { ...place, priceLevel }] };
  }
  return {
    reason: isStanding ? "standing" : reason,
    picks: wish.picks,
    isTogether: found.adjacent || isStanding || count === 1,
  };
}

async function ask(asked: Asked, more: { quantity: number; sectionId?: string }): Promise<Best | undefined> {
  const priceLevel = Object.entries(asked.party).find(([, count]) => count > 0)?.[0] ?? "";
  try {
    return await request<Best>(`/events/${encodeURIComponent(asked.eventId)}/best-available`, {
      method: "POST",
      body: {
        ...(asked.sectionId !== null && { sectionId: asked.sectionId }),
        ...more,
        priceLevel,
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
