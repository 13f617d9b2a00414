import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ArenaEvent } from "@/shared/api/contract";
import type { Wish } from "./basket";
import type { Offer } from "./offers";

/** Proposals for whoever asks for the best places; others on request. */
export function useFind({
  event,
  wish,
  offers,
  price,
  isAccessible,
  promoCode,
}: {
  event: ArenaEvent;
  wish: Wish;
  offers: readonly Offer[];
  price: number | null;
  isAccessible: boolean;
  promoCode: string | null;
}) {
  const [asked, setAsked] = useState<{ turn: number; sectionId: string | null } | null>(null);
  const query = useQuery({
    queryKey: ["events", event.id, "proposals", wish.party, price, isAccessible, promoCode, asked],
    queryFn: async () => {
      // Only who asks for places needs it.
      const { propose } = await import("./find");
      return propose({
        eventId: event.id,
        party: wish.party,
        tiers: event.pricingTiers,
        offers,
        price,
        isAccessible,
        promoCode,
        sectionId: asked?.sectionId ?? null,
      });
    },
    enabled: asked !== null,
    staleTime: 20_000,
    retry: false,
  });
  return {
    isOpen: asked !== null,
    proposals: query.data,
    error: query.error,
    isFinding: query.isFetching,
    sectionId: asked?.sectionId ?? null,
    start: (sectionId: string | null = null) =>
      setAsked((before) => ({ turn: (before?.turn ?? 0) + 1, sectionId })),
    close: () => setAsked(null),
  };
}
