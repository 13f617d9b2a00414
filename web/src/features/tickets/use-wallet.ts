import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ArenaEvent, TicketDetails, Venue } from "@/shared/api/contract";
import { serverTime } from "@/shared/api/server-clock";
import { useEventVenues } from "@/shared/api/use-event-venues";
import { useSocketEvent } from "@/shared/realtime/use-socket-event";
import { entryKeyQuery, keptEventQuery, ticketQuery, ticketsQuery } from "./api";
import { groupByEvent } from "./groups";

/** Of the next events; whoever has more opens them. */
const KEYS_MAX = 40;
const KEYS_STALE_MS = 600_000;

/** One's tickets with the events and venues they are for. */
export function useWallet() {
  const tickets = useQuery(ticketsQuery);
  const client = useQueryClient();
  useSocketEvent<TicketDetails>("ticket:update", (frame) => {
    const isKnown = tickets.data?.some(({ ticketId }) => ticketId === frame.ticketId) ?? false;
    // Where a new one stands in the list, the server knows.
    if (!isKnown) void tickets.refetch();
    client.setQueryData(ticketsQuery.queryKey, (list) =>
      list?.map((each) => (each.ticketId === frame.ticketId ? frame : each)),
    );
    client.setQueryData(ticketQuery(frame.ticketId).queryKey, (known) => known && frame);
  });
  // These frames have no number that would reveal a missed one.
  useSocketEvent("connect", () => {
    const isTicket = ({ queryKey }: { queryKey: readonly unknown[] }) => queryKey.length <= 2;
    void client.invalidateQueries({ queryKey: ticketsQuery.queryKey, predicate: isTicket });
  });
  const eventIds = [...new Set(tickets.data?.map((ticket) => ticket.eventId))];
  const events = useQueries({
    queries: eventIds.map((id) => keptEventQuery(id)),
    combine: found<ArenaEvent>,
  });
  const venues = useEventVenues(events);
  const known = new Map(events.map((event) => [event.id, event]));
  const coming = groupByEvent(tickets.data ?? [], known, serverTime(Date.now())).coming;
  const keys = coming
    .filter(({ event }) => event !== undefined)
    .flatMap((group) => group.tickets)
    .flatMap(({ ticketId, status }) => (status === "VALID" ? [ticketId] : []))
    .slice(0, KEYS_MAX);
  // A family is let in by one phone, where there is no network: each ticket's key lies on it before it is looked at.
  useQuery({
    queryKey: [...ticketsQuery.queryKey, "keys", keys],
    enabled: keys.length > 0,
    staleTime: KEYS_STALE_MS,
    queryFn: async () => {
      for (const ticketId of keys) await client.prefetchQuery(entryKeyQuery(ticketId));
      return keys.length;
    },
  });
  return {
    tickets,
    events: known,
    /** By the event's id. */
    venues,
  };
}

const found = <T>(results: { data: T | undefined }[]): T[] =>
  results.flatMap(({ data }) => (data === undefined ? [] : [data]));

export const sectionName = (venue: Venue | undefined, ticket: TicketDetails): string | undefined =>
  venue?.sections.find((section) => section.id === ticket.sectionId)?.name;
