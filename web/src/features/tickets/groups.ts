import type { ArenaEvent, TicketDetails } from "@/shared/api/contract";
import { groupBy } from "@/shared/group-by";

export interface EventTickets {
  eventId: string;
  event: ArenaEvent | undefined;
  tickets: TicketDetails[];
}
export type WalletPart = "coming" | "past";

/** Tickets by event, the next event first; what is over comes last, newest first. */
export function groupByEvent(
  tickets: readonly TicketDetails[],
  events: ReadonlyMap<string, ArenaEvent>,
  now: number,
): Record<WalletPart, EventTickets[]> {
  const groups = [...groupBy(tickets, (ticket) => ticket.eventId)].map(([eventId, group]) => ({
    eventId,
    event: events.get(eventId),
    tickets: [...group].sort(bySeat),
  }));
  const start = (group: EventTickets) => Date.parse(group.event?.startTime ?? "") || Number.MAX_SAFE_INTEGER;
  const isPast = ({ event }: EventTickets) =>
    event !== undefined &&
    (event.status === "COMPLETED" || event.status === "CANCELLED" || Date.parse(event.endTime) < now);
  return {
    coming: groups.filter((group) => !isPast(group)).sort((a, b) => start(a) - start(b)),
    past: groups.filter(isPast).sort((a, b) => start(b) - start(a)),
  };
}

function bySeat(a: TicketDetails, b: TicketDetails): number {
  return (
    a.sectionId.localeCompare(b.sectionId) ||
    (a.row ?? "").localeCompare(b.row ?? "", undefined, { numeric: true }) ||
    (a.seat ?? 0) - (b.seat ?? 0)
  );
}
