import { useQuery } from "@tanstack/react-query";
import { useMemo, useState, useSyncExternalStore } from "react";
import type { ArenaEvent, CapacityUpdate, Section, Venue } from "@/shared/api/contract";
import { openHoldsQuery } from "@/shared/api/open-holds";
import { salesOf } from "@/shared/api/sales";
import { serverTime } from "@/shared/api/server-clock";
import { isKnownAs, useSession } from "@/shared/api/session";
import { ACCESSIBLE, COMPANION, findSeat, type Scene } from "@/shared/map/engine/scene";
import { pricePoints } from "@/shared/map/prices";
import { FREE } from "@/shared/map/seat-house";
import { tell } from "@/shared/measuring/tell";
import type { Live } from "@/shared/ui/live-mark";
import { useClock } from "@/shared/ui/use-now";
import { useStable } from "@/shared/ui/use-stable";
import {
  drop,
  goneFrom,
  levelsOf,
  type Pick,
  partySize,
  pick,
  relevel,
  resize,
  settle,
  standIn,
  stillSold,
  sumOf,
  unsoldTo,
  type Wish,
} from "./basket";
import { useChoice, useChoices } from "./choice";
import { levelsIn, questionOf } from "./level-question";
import { goodFor, useOffers } from "./offers";
import { useFind } from "./use-find";
import { useHold } from "./use-hold";
import type { Seating } from "./use-seat-house";
import { useWish } from "./use-wish";
import { warningsOf } from "./warnings";

export interface EventViewProps {
  event: ArenaEvent;
  venue: Venue | undefined;
  /** What the promo code takes off; null for one that cannot be used, nothing while that is not known. */
  promo: ArenaEvent["promo"] | null | undefined;
  seating: Seating | undefined;
  availability: CapacityUpdate | undefined;
  live: Live;
}

const USUAL_PARTY = 2;
// One and the same while the chart is not there, so nothing is laid out anew.
const NOWHERE: Section[] = [];
const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

/** Everything both layouts need, worked out once. */
export function useEventModel({ event, promo, venue, seating, availability, live }: EventViewProps) {
  const { promoCode } = useChoice(event.id);
  const setChoice = useChoices((state) => state.change);
  const max = event.capacityConfig.maxTicketsPerOrder;
  const keptFree = useKeptFree(seating);
  const places: readonly Section[] = seating?.chart.sections ?? NOWHERE;
  const sectionIds = useMemo(() => places.map(({ id }) => id), [places]);
  const levels = useMemo(() => levelsOf(event.pricingTiers), [event.pricingTiers]);
  const first = levels[0]?.level ?? "";
  const usual = useMemo(() => ({ [first]: Math.min(USUAL_PARTY, max) }), [first, max]);
  const [address, change] = useWish(sectionIds, usual);
  const offers = useOffers(event, places, availability, keptFree);
  const prices = useMemo(() => pricePoints(event), [event]);
  // Price levels come and go, with the organizer's changes and with a promo code: what went is not chosen any more.
  const price = prices.some(({ total }) => total === address.price) ? address.price : null;
  const offer = offers.find((each) => each.section.id === address.sectionId);
  const [follow, setFollow] = useState<readonly number[]>();
  const held = useHeldSeats(event.id, seating);
  const wish = useMemo(() => {
    const sold = stillSold(address.wish, event.pricingTiers);
    // What is held already is not wished for: the way back from the checkout offers nothing twice.
    const picks = sold.picks.filter(
      (each) => seating === undefined || !seatsOf(seating, [each]).some((at) => held.includes(at)),
    );
    return picks.length === sold.picks.length ? sold : { ...sold, picks };
  }, [address.wish, event.pricingTiers, seating, held]);
  const party = partySize(wish.party);
  const soldIn = (sectionId: string) => levelsIn(offers.find((each) => each.section.id === sectionId));
  // Who never said who comes is asked nothing: so many come, at the levels of the places that they choose.
  const isTold = address.wish.party !== usual;
  const [wanted, setWanted] = useState<Omit<Pick, "priceLevel"> | null>(null);
  // Where one stands there is nothing to pick: who chose the section wants places in it.
  const picks = useMemo(() => {
    if (wish.picks.length > 0 || offer === undefined || offer.section.kind === "SEATED") return wish.picks;
    const sold = levelsIn(offer);
    const ready = isTold ? wish : settle(wish, sold);
    // All or nobody: whose level is not sold there is asked first.
    return unsoldTo(ready, sold).length > 0 ? [] : standIn(ready, offer.section.id, { sold, max }).picks;
  }, [wish, offer, max, isTold]);
  const setWish = (next: Wish) => {
    setWanted(null);
    change({ wish: next });
  };
  const hold = useHold(event.id, picks, {
    promoCode,
    spent: () => change({ wish: { ...wish, picks: [] }, sectionId: null }),
  });
  const find = useFind({ event, wish, offers, price, isAccessible: address.isAccessible, promoCode });
  const counts = countsOf(event, availability);
  const reason = useClock((now) => salesOf(event, counts.free, serverTime(now)).reason);

  const toggle = useStable((place: Omit<Pick, "priceLevel">) => {
    const there = wish.picks.find((each) => isSame(each, place));
    if (there) return setWish(drop(wish, there));
    const sold = soldIn(place.sectionId);
    const ready = isTold ? wish : settle(wish, sold);
    const next = pick(ready, place, { sold, max });
    if (next === ready) setWanted(place);
    else setWish(next);
  });
  const choose = useStable((sectionId: string | null) => {
    if (sectionId !== null) tell("select", { eventId: event.id, sectionId });
    setWanted(null);
    change({ sectionId });
  });
  const take = useStable((next: readonly Pick[]) => {
    change({ wish: { party: wish.party, picks: next }, sectionId: next[0]?.sectionId ?? null });
    if (seating !== undefined) setFollow(seatsOf(seating, next));
    find.close();
  });
  const warnings = useMemo(() => warningsOf(seating, wish.picks), [seating, wish.picks]);
  const question = isTold && reason === null ? questionOf({ wish, offers, offer, wanted, max }) : undefined;
  const answerLevel = (isAgreed: boolean) => {
    if (isAgreed && question !== undefined) setWish(question.agreed);
    else if (question?.isSeat) setWanted(null);
    else choose(null);
  };
  return {
    event,
    venue,
    live,
    seating,
    offers,
    offer,
    levels,
    wish,
    party,
    picks,
    held,
    max,
    price,
    prices,
    promoCode,
    promo,
    hold,
    find,
    follow,
    warnings,
    question,
    answerLevel,
    // What a code shows is not gone while the code is asked about.
    gone: promoCode !== null && promo === undefined ? [] : goneFrom(address.wish, event.pricingTiers),
    ...counts,
    view: address.view,
    isAccessible: address.isAccessible,
    keptFree: keptFree && sum([...keptFree.values()]),
    total: sumOf(picks, event.pricingTiers, promo),
    good: goodFor(offers, wish.party, price),
    sales: { open: reason === null, reason },
    choose,
    toggle,
    take,
    setView: (view: "map" | "list") => change({ view }),
    setPrice: (next: number | null) => change({ price: next }),
    setAccessible: (isAccessible: boolean) => change({ isAccessible }),
    setLevel: (level: string, count: number) => setWish(resize(wish, level, count)),
    setPickLevel: (which: Pick, level: string) => setWish(relevel(wish, which, level)),
    drop: (which: Pick) => setWish(drop(wish, which)),
    setWish,
    addStanding: (sectionId: string) => setWish(standIn(wish, sectionId, { sold: soldIn(sectionId), max })),
    setPromoCode: (code: string | null) => setChoice(event.id, { promoCode: code }),
  };
}

export type EventModel = ReturnType<typeof useEventModel>;

/** The event's own picture, else its venue's; and whose it is. */
export function pictureOf({ event, venue }: { event: ArenaEvent; venue: Venue | undefined }) {
  const own = event.media?.[0];
  if (own !== undefined) return { media: own, of: event.name };
  const house = venue?.media?.[0];
  return house && venue && { media: house, of: venue.name };
}

const isSame = (a: Pick, b: Omit<Pick, "priceLevel">): boolean =>
  a.sectionId === b.sectionId && a.seat?.row === b.seat?.row && a.seat?.seat === b.seat?.seat;

function countsOf(event: ArenaEvent, availability: CapacityUpdate | undefined) {
  const sections = availability?.sections ?? [];
  const free = availability?.currentCapacity ?? event.availability.currentCapacity;
  const sold = availability ? sum(sections.map((section) => section.sold)) : event.availability.sold;
  const heldCount = availability ? sum(sections.map((section) => section.held)) : event.availability.held;
  // What this sale has: places kept back by the organizer are neither left nor sold.
  return { free, sold, heldCount, capacity: free + heldCount + sold };
}

export function seatsOf({ scene }: Seating, picks: readonly Pick[]): number[] {
  return picks.flatMap(({ sectionId, seat }) => {
    const found = seat === null ? undefined : findSeat(scene, { sectionId, ...seat });
    return found === undefined ? [] : [found];
  });
}

/** How many wheelchair and companion places are free in each section, once the seats are known. */
function useKeptFree(seating: Seating | undefined): ReadonlyMap<string, number> | undefined {
  // Drawn anew when a number is another, not whenever one of sixty thousand seats is.
  const read = () => {
    if (seating?.house === undefined) return undefined;
    const { states } = seating.house;
    const isFree = (seat: number) => states[seat] === FREE;
    return JSON.stringify([...keptOf(seating.scene)].map(([id, seats]) => [id, seats.filter(isFree).length]));
  };
  const counts = useSyncExternalStore(seating?.house?.watch ?? never, read);
  return useMemo(() => (counts === undefined ? undefined : new Map(JSON.parse(counts))), [counts]);
}
const never = () => () => undefined;

const kept = new WeakMap<Scene, ReadonlyMap<string, number[]>>();
function keptOf(scene: Scene): ReadonlyMap<string, number[]> {
  const known = kept.get(scene);
  if (known !== undefined) return known;
  const found = new Map<string, number[]>();
  for (const { id, first, seats } of scene.sections) {
    const its: number[] = [];
    for (let seat = first; seat < first + seats; seat++)
      if ((scene.marks[seat] ?? 0) & (ACCESSIBLE | COMPANION)) its.push(seat);
    found.set(id, its);
  }
  kept.set(scene, found);
  return found;
}

/** One's own seats of this event that are held and not paid. */
function useHeldSeats(eventId: string, seating: Seating | undefined): readonly number[] {
  const isKnown = useSession((session) => isKnownAs(session.status));
  const { data } = useQuery({ ...openHoldsQuery, enabled: isKnown });
  return useMemo(() => {
    if (seating === undefined || data === undefined || !isKnown) return [];
    const tickets = data.orders
      .filter((order) => order.eventId === eventId)
      .flatMap((order) => order.tickets);
    return tickets.flatMap(({ sectionId, row, seat }) =>
      row == null || seat == null ? [] : (findSeat(seating.scene, { sectionId, row, seat }) ?? []),
    );
  }, [eventId, seating, data, isKnown]);
}
