import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import { eventQuery } from "@/shared/api/catalog";
import { useEventVenue } from "@/shared/api/use-event-venue";
import { getWire } from "@/shared/realtime/connection";
import { Stream, type StreamStatus } from "@/shared/realtime/stream";
import type { Live } from "@/shared/ui/live-mark";
import { availabilityQuery, unlockedQuery } from "./api";
import { useChoice } from "./choice";
import { EventTopic } from "./feed";
import { pacedQuery, SHOWN_MS } from "./paced";

/** An event with its venue and its numbers, kept alive for as long as somebody looks. */
export function useLiveEvent(eventId: string) {
  const client = useQueryClient();
  const { promoCode } = useChoice(eventId);
  const query = useQuery(eventQuery(eventId));
  const unlocked = useQuery(unlockedQuery(eventId, promoCode));
  const venue = useEventVenue(query.data);
  const numbers = useMemo(
    () => pacedQuery(client, availabilityQuery(eventId, client), SHOWN_MS),
    [eventId, client],
  );
  const availability = useSyncExternalStore(numbers.watch, numbers.read);
  const live = useMemo(() => liveEvent(eventId, client), [eventId, client]);
  // Holds the stream open without drawing anything anew: what frames bring comes by the queries above.
  useSyncExternalStore(live.watch, nothing);
  // A code changes the price levels alone: all else stays what everybody sees, which frames keep alive.
  const tiers = (unlocked.data ?? query.data)?.pricingTiers;
  const event = useMemo(
    () => query.data && { ...query.data, pricingTiers: tiers ?? query.data.pricingTiers },
    [query.data, tiers],
  );
  // Nothing while it is asked, null for a code that can take nothing off.
  const promo = unlocked.data && (unlocked.data.promo ?? null);
  return { query, event, promo, venue, availability, live };
}

const nothing = (): null => null;

/** The stream of an event, and how old its numbers are: before the first frame, as old as what was read. */
function liveEvent(eventId: string, client: QueryClient): Live {
  const query = availabilityQuery(eventId, client);
  const poll = () => client.fetchQuery({ ...query, staleTime: 0, retry: false });
  const stream = new Stream({ wire: getWire(), topic: new EventTopic({ eventId, client, poll }) });
  let shown: StreamStatus | undefined;
  const read = (): StreamStatus => {
    const status = stream.read();
    if (status.at !== null) return status;
    const at = client.getQueryState(query.queryKey)?.dataUpdatedAt || null;
    if (shown === undefined || shown.state !== status.state || shown.at !== at) shown = { ...status, at };
    return shown;
  };
  return { watch: stream.watch, read };
}
