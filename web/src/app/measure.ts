import type { QueryClient } from "@tanstack/react-query";
import { type createBrowserRouter, matchPath } from "react-router";
import type { OrderResponse } from "@/shared/api/contract";
import { type Told, tell } from "@/shared/measuring/tell";

type Router = Pick<ReturnType<typeof createBrowserRouter>, "state" | "subscribe">;

/** Looks from outside at what pages do: an event that is opened, places that are held, a payment that is begun. */
export function measure(router: Router, client: QueryClient): void {
  let seen: string | undefined;
  const look = () => {
    const eventId = matchPath("/events/:eventId", router.state.location.pathname)?.params.eventId;
    if (eventId !== undefined && eventId !== seen && UUID.test(eventId)) tell("view", { eventId });
    seen = eventId;
  };
  look();
  router.subscribe(look);
  client.getMutationCache().subscribe((change) => {
    if (change.type !== "updated" || change.action.type !== "success") return;
    const kind = KINDS[String(change.mutation.options.mutationKey?.[0])];
    const order = change.action.data as OrderResponse;
    if (kind !== undefined)
      tell(kind, { eventId: order.eventId, orderId: order.orderId, places: order.tickets.length });
  });
}

const KINDS: Record<string, Told> = { hold: "hold", "hold-again": "hold", pay: "pay" };

// A mistyped address is answered by its page, and would be refused here with all that came along.
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
