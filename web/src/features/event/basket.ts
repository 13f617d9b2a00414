import type { OrderLine, PricingTier } from "@/shared/api/contract";
import { groupBy } from "@/shared/group-by";
import { totalOf } from "@/shared/map/prices";

// What somebody wants to have: who comes (so many at each price level) and the places picked for them. All of it is
// arithmetic on plain values; nothing here is asked of a server.

/** One place. Where one stands it has no seat. */
export interface Pick {
  sectionId: string;
  seat: { row: string; seat: number } | null;
  priceLevel: string;
  /** A place of those kept for wheelchair users and who comes with them, asked for and not named. */
  accessible?: boolean;
}
export type Party = Readonly<Record<string, number>>;
export interface Wish {
  party: Party;
  picks: readonly Pick[];
}

export const partySize = (party: Party): number =>
  Object.values(party).reduce((sum, count) => sum + count, 0);
/** Everybody who comes has a price among these. */
export const isSoldTo = (party: Party, tiers: readonly PricingTier[]): boolean =>
  Object.keys(party).every((level) => !party[level] || tiers.some((tier) => tier.priceLevel === level));
const countAt = (picks: readonly Pick[], level: string): number =>
  picks.filter((pick) => pick.priceLevel === level).length;
export const isSameSeat = (a: Pick, b: Pick): boolean =>
  a.sectionId === b.sectionId && a.seat !== null && a.seat.row === b.seat?.row && a.seat.seat === b.seat.seat;

/** The levels of those who have no place yet, one entry a person. */
const lacking = ({ party, picks }: Wish): string[] =>
  Object.entries(party).flatMap(([level, count]) =>
    Array.from({ length: Math.max(0, count - countAt(picks, level)) }, () => level),
  );

/** Who of them cannot come at their own level, where only these are sold. */
export const unsoldTo = (wish: Wish, sold: readonly string[]): string[] =>
  sold.length === 0 ? [] : lacking(wish).filter((level) => !sold.includes(level));

/** The first of those who cannot come at their own level come at the section's own: they agreed, or never said who they are. */
export function settle(wish: Wish, sold: readonly string[], count = Number.POSITIVE_INFINITY): Wish {
  const instead = sold[0];
  if (instead === undefined) return wish;
  const party = { ...wish.party };
  for (const level of unsoldTo(wish, sold).slice(0, count)) {
    party[level] = (party[level] ?? 0) - 1;
    party[instead] = (party[instead] ?? 0) + 1;
  }
  return { party, picks: wish.picks };
}

/** The level of the next place: one that somebody still lacks and the section sells. None where all who lack one would have to be asked. */
function nextLevel(wish: Wish, sold: readonly string[]): string | undefined {
  const missing = lacking(wish);
  return sold.find((level) => missing.includes(level)) ?? (missing.length === 0 ? sold[0] : undefined);
}

/** The party is at least as large as what is picked at each level. */
function fitted({ party, picks }: Wish): Wish {
  const grown = { ...party };
  for (const { priceLevel } of picks)
    grown[priceLevel] = Math.max(grown[priceLevel] ?? 0, countAt(picks, priceLevel));
  return { party: grown, picks };
}

/** The levels of a wish that are sold no more, anywhere or where its place is. */
export function goneFrom({ party, picks }: Wish, tiers: readonly PricingTier[]): string[] {
  const wanted = Object.keys(party).filter((level) => (party[level] ?? 0) > 0);
  const anywhere = wanted.filter((level) => !tiers.some((tier) => tier.priceLevel === level));
  const there = picks.filter((each) => tierOf(tiers, each) === undefined).map((each) => each.priceLevel);
  return [...new Set([...anywhere, ...there])];
}

/** What is still sold of a wish: levels come and go, and whoever had one that went is an ordinary buyer again. */
export function stillSold(wish: Wish, tiers: readonly PricingTier[]): Wish {
  const levels = levelsOf(tiers).map(({ level }) => level);
  const usual = levels[0];
  const isSold = (pick: Pick) => tierOf(tiers, pick) !== undefined;
  const isKnown = Object.entries(wish.party).every(([level, count]) => count === 0 || levels.includes(level));
  if (usual === undefined || (isKnown && wish.picks.every(isSold))) return wish;
  const party: Record<string, number> = {};
  for (const [level, count] of Object.entries(wish.party)) {
    const kept = levels.includes(level) ? level : usual;
    party[kept] = (party[kept] ?? 0) + count;
  }
  const picks = wish.picks.flatMap((pick) => {
    if (isSold(pick)) return [pick];
    const tier = tiers.find(({ sectionIds }) => sectionIds.includes(pick.sectionId));
    return tier === undefined ? [] : [{ ...pick, priceLevel: tier.priceLevel }];
  });
  return fitted({ party, picks });
}

/** One place more; nothing changes past the limit of an order, where the seat is picked already, or where nobody's level is sold. */
export function pick(
  wish: Wish,
  place: Omit<Pick, "priceLevel">,
  { sold, max }: { sold: readonly string[]; max: number },
): Wish {
  const priceLevel = nextLevel(wish, sold);
  if (priceLevel === undefined || wish.picks.length >= max) return wish;
  const next: Pick = { ...place, priceLevel };
  if (wish.picks.some((each) => isSameSeat(each, next))) return wish;
  return fitted({ party: wish.party, picks: [...wish.picks, next] });
}

/** Without this place; who was to have it still comes. */
export const drop = (wish: Wish, gone: Pick): Wish => {
  const at = wish.picks.findIndex((each) => each === gone || isSameSeat(each, gone));
  return at < 0 ? wish : { ...wish, picks: wish.picks.filter((_, n) => n !== at) };
};

/** Another price for a place: the party becomes what is picked. */
export function relevel(wish: Wish, changed: Pick, priceLevel: string): Wish {
  const picks = wish.picks.map((each) =>
    each === changed || isSameSeat(each, changed) ? { ...each, priceLevel } : each,
  );
  const party = { ...wish.party };
  if ((party[changed.priceLevel] ?? 0) > 0) party[changed.priceLevel] = (party[changed.priceLevel] ?? 0) - 1;
  party[priceLevel] = (party[priceLevel] ?? 0) + 1;
  return fitted({ party, picks });
}

/** More or fewer at a level. Whoever does not come any more gives up the place picked last. */
export function resize(wish: Wish, level: string, count: number): Wish {
  const party = { ...wish.party, [level]: Math.max(0, count) };
  if (partySize(party) === 0) return wish;
  let spare = countAt(wish.picks, level) - (party[level] ?? 0);
  const picks = [...wish.picks]
    .reverse()
    .filter((each) => !(each.priceLevel === level && spare-- > 0))
    .reverse();
  return { party, picks };
}

/** Places in a section where one stands, for everybody who has none yet. */
export function standIn(
  wish: Wish,
  sectionId: string,
  { sold, max }: { sold: readonly string[]; max: number },
): Wish {
  let next = wish;
  for (let missing = partySize(wish.party) - wish.picks.length; missing > 0; missing--)
    next = pick(next, { sectionId, seat: null }, { sold, max });
  return next;
}

/** Picks as the lines of an order: one for each section and price level, seats by name. */
export function linesOf(picks: readonly Pick[]): OrderLine[] {
  const groups = groupBy(picks, (each) =>
    JSON.stringify([each.sectionId, each.priceLevel, each.seat !== null, each.accessible === true]),
  );
  return [...groups.values()].flatMap((group) => {
    const first = group[0];
    if (first === undefined) return [];
    const seats = group.flatMap(({ seat }) => (seat === null ? [] : [seat]));
    return [
      {
        sectionId: first.sectionId,
        quantity: group.length,
        priceLevel: first.priceLevel,
        ...(seats.length > 0 && { seats }),
        ...(first.accessible && { accessible: true }),
      },
    ];
  });
}

export interface Sum {
  amount: number;
  fees: number;
  discount: number;
  total: number;
}

/**
 * What places cost with a code, fees apart. A place without a price is not for sale and costs nothing.
 * basket-vectors.json holds this and what orders really cost to the same numbers.
 */
export function sumOf(picks: readonly Pick[], tiers: readonly PricingTier[], code?: Code | null): Sum {
  const lines = picks.map((each) => ({ sectionId: each.sectionId, tier: tierOf(tiers, each) }));
  const amount = lines.reduce((sum, { tier }) => sum + (tier?.amount ?? 0), 0);
  const fees = lines.reduce((sum, { tier }) => sum + (tier?.fee ?? 0), 0);
  const discount = code ? discountOf(code, lines) : 0;
  return { amount, fees, discount, total: amount + fees - discount };
}

export const tierOf = (
  tiers: readonly PricingTier[],
  { sectionId, priceLevel }: { sectionId: string; priceLevel: string },
): PricingTier | undefined =>
  tiers.find((tier) => tier.priceLevel === priceLevel && tier.sectionIds.includes(sectionId));

export interface Code {
  kind: "PERCENT" | "AMOUNT";
  value: number;
  /** The sections it is for; all of them where it does not say. */
  sectionIds?: readonly string[] | null;
}

/** What a code takes off: of the amounts of the places it is for, fees stay, rounded down, at most to nothing. */
function discountOf(
  code: Code,
  places: readonly { sectionId: string; tier: PricingTier | undefined }[],
): number {
  const base = places
    .filter(({ sectionId }) => code.sectionIds?.includes(sectionId) ?? true)
    .reduce((sum, { tier }) => sum + (tier?.amount ?? 0), 0);
  return code.kind === "PERCENT" ? Math.floor((base * code.value) / 100) : Math.min(base, code.value);
}

/** The levels of an event, the organizer's first first, with the name that is theirs wherever they are sold. */
export function levelsOf(tiers: readonly PricingTier[]): { level: string; name: string; from: number }[] {
  const groups = groupBy(tiers, (tier) => tier.priceLevel);
  return [...groups].map(([level, its]) => {
    const names = new Set(its.map(({ name }) => name));
    return {
      level,
      name: names.size === 1 ? ([...names][0] ?? level) : spoken(level),
      from: Math.min(...its.map(totalOf)),
    };
  });
}

/** SENIOR_CITIZEN is "Senior citizen": the organizer's own word where sections name a level differently. */
export const spoken = (level: string): string => {
  const words = level.replaceAll("_", " ").toLocaleLowerCase();
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
};
