import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import { eventQuery, venueQuery } from "@/shared/api/catalog";
import { getSocket } from "@/shared/realtime/socket";
import { availabilityQuery, unlockedQuery } from "./api";
import { useChoice } from "./choice";
import { EventFeed } from "./feed";

/** An event with its venue and its numbers, kept alive for as long as somebody looks. */
export function useLiveEvent(eventId: string) {
  const client = useQueryClient();
  const { promoCode } = useChoice(eventId);
  const query = useQuery(eventQuery(eventId));
  const unlocked = useQuery(unlockedQuery(eventId, promoCode));
  const venue = useQuery(venueQuery(query.data?.venueId));
  const availability = useQuery(availabilityQuery(eventId, client));
  const feed = useMemo(
    () =>
      new EventFeed({
        eventId,
        socket: getSocket(),
        client,
        poll: () => client.fetchQuery({ ...availabilityQuery(eventId, client), staleTime: 0, retry: false }),
      }),
    [eventId, client],
  );
  const status = useSyncExternalStore(feed.watch, feed.read);
  const at = status.at ?? (availability.dataUpdatedAt > 0 ? availability.dataUpdatedAt : null);
  // A code changes the price levels alone: all else stays what everybody sees, which frames keep alive.
  const event = query.data && {
    ...query.data,
    pricingTiers: (unlocked.data ?? query.data).pricingTiers,
  };
  return { query, event, venue, availability, live: { state: status.state, at } };
}
