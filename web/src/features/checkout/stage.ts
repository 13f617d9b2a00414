import type { OrderLine, OrderResponse, PlaceOrder, TicketDetails } from "@/shared/api/contract";
import { groupBy } from "@/shared/group-by";
import { clockOffset, remainingMs } from "./clock";

export type Stage =
  | "pay"
  | "ending"
  | "processing"
  | "action"
  | "confirmed"
  | "expired"
  | "released"
  | "failed"
  | "void"
  | "refunded";

/** Paying and its last second are one screen; every other stage has its own. */
export const screenOf = (stage: Stage): Stage => (stage === "ending" ? "pay" : stage);

const IN_FLIGHT = new Set(["PROCESSING", "RETRYING"]);

/** Which screen an order is on. `left` is the time left by the server's clock. */
export function stageOf(order: OrderResponse, left: number): Stage {
  switch (order.status) {
    case "CONFIRMED":
    case "PARTIALLY_REFUNDED":
      // The order's status changes with the money; what lets nobody in any more is said at once.
      return order.tickets.every((ticket) => ticket.status === "VOID") ? "void" : "confirmed";
    case "EXPIRED":
      return "expired";
    case "CANCELLED":
      return "released";
    case "FAILED":
      return "failed";
    case "REFUNDED":
      return "refunded";
    default:
      if (order.paymentStatus === "REQUIRES_ACTION") return "action";
      if (IN_FLIGHT.has(order.paymentStatus)) return "processing";
      return left > 0 ? "pay" : "ending";
  }
}

export type Ended = Extract<Stage, "released" | "failed" | "void" | "refunded"> | "eventCancelled";

/** How an order ended without tickets, null where it did not. */
export function endedAs(stage: Stage | null, event: { status: string } | undefined): Ended | null {
  if (stage === "released") return event?.status === "CANCELLED" ? "eventCancelled" : "released";
  return stage === "failed" || stage === "void" || stage === "refunded" ? stage : null;
}

export const POLL_MS = 2_000;
const RESYNC_MS = 15_000;
const ENDING_MS = 1_000;

/** How soon to ask again: often while a bank decides, at the end of the hold, rarely otherwise, never when it is over. */
export function pollEvery(order: OrderResponse | undefined, receivedAt: number, now: number): number | false {
  if (order === undefined || order.status !== "PENDING") return false;
  const left = remainingMs(order.expiresAt, clockOffset(order.serverTime, receivedAt), now);
  const stage = stageOf(order, left);
  if (stage === "processing" || stage === "action") return POLL_MS;
  if (stage === "ending") return ENDING_MS;
  return Math.min(RESYNC_MS, left + ENDING_MS);
}

/** Answers and frames can overtake each other: the one with the later server time counts. */
export function laterOf<Told extends { serverTime: string }>(known: Told | undefined, next: Told): Told {
  return known !== undefined && Date.parse(known.serverTime) > Date.parse(next.serverTime) ? known : next;
}

export interface TicketGroup {
  sectionId: string;
  priceLevel: string;
  row: string | null;
  seats: number[];
  count: number;
  each: number;
  total: number;
}

/** Tickets that read as one line: same section, row and price. */
export function groupTickets(tickets: readonly TicketDetails[]): TicketGroup[] {
  const groups = groupBy(tickets, (ticket) =>
    JSON.stringify([ticket.sectionId, ticket.priceLevel, ticket.row ?? null, ticket.amount + ticket.fee]),
  );
  return [...groups.values()].flatMap((group) => {
    const first = group[0];
    if (first === undefined) return [];
    const each = first.amount + first.fee;
    return [
      {
        sectionId: first.sectionId,
        priceLevel: first.priceLevel,
        row: first.row ?? null,
        seats: group.flatMap((ticket) => ticket.seat ?? []).sort((a, b) => a - b),
        count: group.length,
        each,
        total: each * group.length,
      },
    ];
  });
}

export type PlaceGroup = Pick<TicketGroup, "sectionId" | "row" | "seats" | "count">;

/** Tickets that lie in one row, or where one stands, at whatever price. */
export function groupPlaces(tickets: readonly TicketDetails[]): PlaceGroup[] {
  const rows = groupBy(groupTickets(tickets), ({ sectionId, row }) => JSON.stringify([sectionId, row]));
  return [...rows.values()].flatMap((its) => {
    const first = its[0];
    if (first === undefined) return [];
    return [
      {
        sectionId: first.sectionId,
        row: first.row,
        seats: its.flatMap(({ seats }) => seats).sort((a, b) => a - b),
        count: its.reduce((sum, { count }) => sum + count, 0),
      },
    ];
  });
}

/** The same places again, by name where they had one; an order does not say with which promo code it was made. */
export function sameAgain(order: OrderResponse, promoCode: string | null): PlaceOrder {
  const groups = groupBy(order.tickets, (ticket) => JSON.stringify([ticket.sectionId, ticket.priceLevel]));
  const tickets = [...groups.values()].flatMap((group): OrderLine[] => {
    const first = group[0];
    if (first === undefined) return [];
    const seats = group.flatMap(({ row, seat }) => (row && seat ? [{ row, seat }] : []));
    const line = { sectionId: first.sectionId, priceLevel: first.priceLevel, quantity: group.length };
    return [seats.length === group.length ? { ...line, seats } : line];
  });
  return {
    eventId: order.eventId,
    tickets,
    paymentMethod: { type: "card" },
    ...(promoCode !== null && { promoCode }),
  };
}
