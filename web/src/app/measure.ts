import type { QueryClient } from "@tanstack/react-query";
import { type createBrowserRouter, matchPath } from "react-router";
import type { OrderResponse } from "@/shared/api/contract";
import { type Told, tell } from "@/shared/measuring/tell";

type Router = Pick<ReturnType<typeof createBrowserRouter>, "state" | "subscribe">;

/** Looks from outside at what pages do: an event that is opened, places that are chosen and held, a payment that is begun. */
export function measure(router: Router, client: QueryClient): void {
  let seen: string | undefined;
  let isChosen = false;
  const look = () => {
    const { pathname, search } = router.state.location;
    const eventId = matchPath("/events/:eventId", pathname)?.params.eventId;
    const isNew = eventId !== seen;
    seen = eventId;
    if (isNew) isChosen = false;
    if (eventId === undefined || !UUID.test(eventId)) return;
    if (isNew) tell("view", { eventId, ...sourceOf(search, document.referrer) });
    // What is chosen lies in the address: a section that is looked into, or places.
    const chosen = new URLSearchParams(search);
    if (isChosen || (!chosen.has("section") && !chosen.has("picks"))) return;
    isChosen = true;
    tell("select", { eventId });
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

/** Where somebody came from: what the link says of itself, else the site it stood on; nothing of the page. */
export function sourceOf(search: string, referrer: string): { source?: string } {
  const said = new URLSearchParams(search).get("utm_source");
  const site = /^https?:\/\/([^/:?#]+)/.exec(referrer)?.[1] ?? "";
  const source = said ?? (site === window.location.hostname ? "" : site);
  return /^[a-z0-9][a-z0-9._-]{0,63}$/i.test(source) ? { source } : {};
}

const KINDS: Record<string, Told> = { hold: "hold", "hold-again": "hold", pay: "pay" };

// A mistyped address is answered by its page, and would be refused here with all that came along.
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
