import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ArenaEvent, CapacityUpdate, Section, Venue } from "@/shared/api/contract";
import { pricePoints } from "@/shared/map/prices";
import { useDesktop } from "@/shared/ui/use-media";
import { useNow } from "@/shared/ui/use-now";
import { type Choice, useChoice, useChoices } from "./choice";
import { DesktopSide, DesktopStage } from "./event-desktop";
import { PhoneStage } from "./event-phone";
import type { FeedStatus } from "./feed";
import { goodFor, offersOf, salesOf } from "./offers";
import { useHold } from "./use-hold";

export interface EventViewProps {
  event: ArenaEvent;
  venue: Venue | undefined;
  availability: CapacityUpdate | undefined;
  live: FeedStatus;
}

/** Everything both layouts need, worked out once. */
export function useEventModel({ event, venue, availability, live }: EventViewProps) {
  const [price, setPrice] = useState<number | null>(null);
  const [view, setView] = useState<"map" | "list">("map");
  const now = useNow();
  const choice = useChoice(event.id);
  const change = useChoices((state) => state.change);
  const max = event.capacityConfig.maxTicketsPerOrder;
  const places = venue?.sections ?? NOWHERE;
  const offers = offersOf(event, places, availability);
  const quantity = Math.min(choice.quantity, max);
  const offer = offers.find((each) => each.section.id === choice.sectionId);
  const hold = useHold(event.id, { ...choice, quantity });
  const set = (next: Partial<Choice>) => change(event.id, next);
  const good = goodFor(offers, quantity, price);
  const sections = availability?.sections ?? [];
  const free = availability?.currentCapacity ?? event.availability.currentCapacity;
  const sold = availability ? sum(sections.map((section) => section.sold)) : event.availability.sold;
  const held = availability ? sum(sections.map((section) => section.held)) : event.availability.held;
  return {
    event,
    venue,
    live,
    sections: places,
    offers,
    offer,
    choice: { ...choice, quantity },
    max,
    price,
    setPrice,
    view,
    setView,
    prices: pricePoints(event),
    good,
    free,
    // What this sale has: places kept back by the organizer are neither left nor sold.
    capacity: free + held + sold,
    sold,
    held,
    sales: salesOf(event, free, now),
    hold,
    setQuantity: (value: number) => set({ quantity: value }),
    setLevel: (priceLevel: string) => set({ priceLevel }),
    clear: () => set({ sectionId: null, priceLevel: null }),
    choose: (sectionId: string) => {
      const tiers = offers.find((each) => each.section.id === sectionId)?.tiers ?? [];
      const kept = tiers.some((tier) => tier.priceLevel === choice.priceLevel);
      set({ sectionId, priceLevel: kept ? choice.priceLevel : (tiers[0]?.priceLevel ?? null) });
    },
  };
}

export type EventModel = ReturnType<typeof useEventModel>;

// One and the same while the venue is not there, so nothing is laid out anew.
const NOWHERE: Section[] = [];
const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

export function EventView(props: EventViewProps) {
  const model = useEventModel(props);
  const isDesktop = useDesktop();
  const { t } = useTranslation();
  if (!isDesktop) return <PhoneStage model={model} />;
  return (
    <>
      <main className="stage" id="main">
        <h2 className="sr">{t("event.seats")}</h2>
        <DesktopStage model={model} />
      </main>
      <DesktopSide model={model} />
    </>
  );
}
