import { useMemo, useState } from "react";
import type { ArenaEvent, CapacityUpdate, Section, Venue } from "@/shared/api/contract";
import { salesOf } from "@/shared/api/sales";
import { serverTime } from "@/shared/api/server-clock";
import { pricePoints } from "@/shared/map/prices";
import type { Live } from "@/shared/ui/live-mark";
import { useClock } from "@/shared/ui/use-now";
import { useStable } from "@/shared/ui/use-stable";
import { type Choice, useChoice, useChoices } from "./choice";
import { goodFor, type Offer, useOffers } from "./offers";
import { useHold } from "./use-hold";

export interface EventViewProps {
  event: ArenaEvent;
  venue: Venue | undefined;
  availability: CapacityUpdate | undefined;
  live: Live;
}

/** Everything both layouts need, worked out once. */
export function useEventModel({ event, venue, availability, live }: EventViewProps) {
  const [wantedPrice, setPrice] = useState<number | null>(null);
  const [view, setView] = useState<"map" | "list">("map");
  const stored = useChoice(event.id);
  const change = useChoices((state) => state.change);
  const max = event.capacityConfig.maxTicketsPerOrder;
  const places = venue?.sections ?? NOWHERE;
  const offers = useOffers(event, places, availability);
  const prices = useMemo(() => pricePoints(event), [event]);
  // Price levels come and go, with the organizer's changes and with a promo code: what went is not chosen any more.
  const price = prices.some(({ total }) => total === wantedPrice) ? wantedPrice : null;
  const offer = offers.find((each) => each.section.id === stored.sectionId);
  const choice = {
    ...stored,
    quantity: Math.min(stored.quantity, max),
    priceLevel: levelIn(offer, stored.priceLevel),
  };
  const hold = useHold(event.id, choice);
  const set = (next: Partial<Choice>) => change(event.id, next);
  const good = goodFor(offers, choice.quantity, price);
  const sections = availability?.sections ?? [];
  const free = availability?.currentCapacity ?? event.availability.currentCapacity;
  const sold = availability ? sum(sections.map((section) => section.sold)) : event.availability.sold;
  const held = availability ? sum(sections.map((section) => section.held)) : event.availability.held;
  const choose = useStable((sectionId: string) => {
    const next = offers.find((each) => each.section.id === sectionId);
    set({ sectionId, priceLevel: levelIn(next, choice.priceLevel), accessible: false });
  });
  const reason = useClock((now) => salesOf(event, free, serverTime(now)).reason);
  return {
    event,
    venue,
    live,
    sections: places,
    offers,
    offer,
    choice,
    max,
    price,
    setPrice,
    view,
    setView,
    prices,
    good,
    free,
    // What this sale has: places kept back by the organizer are neither left nor sold.
    capacity: free + held + sold,
    sold,
    held,
    sales: { open: reason === null, reason },
    hold,
    setQuantity: (value: number) => set({ quantity: value }),
    setLevel: (priceLevel: string) => set({ priceLevel }),
    setAccessible: (accessible: boolean) => set({ accessible }),
    setPromoCode: (promoCode: string | null) => set({ promoCode }),
    clear: () => set({ sectionId: null, priceLevel: null, accessible: false }),
    choose,
  };
}

export type EventModel = ReturnType<typeof useEventModel>;

// One and the same while the venue is not there, so nothing is laid out anew.
const NOWHERE: Section[] = [];
/** The level asked for where the section has it, or else the one for everybody. */
const levelIn = (offer: Offer | undefined, wanted: string | null): string | null =>
  (offer?.tiers.find((tier) => tier.priceLevel === wanted) ?? offer?.tiers[0])?.priceLevel ?? null;
const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
