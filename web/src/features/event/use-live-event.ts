import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import { eventQuery, venueQuery } from "@/shared/api/catalog";
import { getSocket } from "@/shared/realtime/socket";
import { availabilityQuery } from "./api";
import { EventFeed } from "./feed";

/** An event with its venue and its numbers, kept alive for as long as somebody looks. */
export function useLiveEvent(eventId: string) {
  const client = useQueryClient();
  const event = useQuery(eventQuery(eventId));
  const venue = useQuery(venueQuery(event.data?.venueId));
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
  return { event, venue, availability, live: { state: status.state, at } };
}
