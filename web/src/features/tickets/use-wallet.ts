import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ArenaEvent, TicketDetails, Venue } from "@/shared/api/contract";
import { useEventVenues } from "@/shared/api/use-event-venues";
import { useSocketEvent } from "@/shared/realtime/use-socket-event";
import { keptEventQuery, ticketQuery, ticketsQuery } from "./api";

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
  return {
    tickets,
    events: new Map(events.map((event) => [event.id, event])),
    /** By the event's id. */
    venues,
  };
}

const found = <T>(results: { data: T | undefined }[]): T[] =>
  results.flatMap(({ data }) => (data === undefined ? [] : [data]));

export const sectionName = (venue: Venue | undefined, ticket: TicketDetails): string | undefined =>
  venue?.sections.find((section) => section.id === ticket.sectionId)?.name;
