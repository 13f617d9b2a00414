import { mutationOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { availabilityKey, eventKey, unlockedKey } from "@/shared/api/catalog";
import { request } from "@/shared/api/client";
import type { ArenaEvent, CapacityUpdate, EventCard, OrderResponse, PlaceOrder } from "@/shared/api/contract";
import { asSomebody } from "@/shared/api/guest";
import { passFor } from "@/shared/api/queue-pass";
import { retryDelay, shouldRetry } from "@/shared/api/retry";
import { serverTime } from "@/shared/api/server-clock";
import { newer } from "./capacity";

export const availabilityQuery = (eventId: string, client: QueryClient) =>
  queryOptions({
    queryKey: availabilityKey(eventId),
    queryFn: async ({ signal }) => {
      const path = `/events/${encodeURIComponent(eventId)}/availability`;
      const whole = await request<CapacityUpdate>(path, { signal });
      // Frames may have overtaken this answer.
      return newer(client.getQueryData<CapacityUpdate>(availabilityKey(eventId)), whole);
    },
    staleTime: 5_000,
  });

/** The event as a promo code shows it: with the price levels that it unlocks. */
export const unlockedQuery = (eventId: string, promoCode: string | null) =>
  queryOptions({
    queryKey: [...unlockedKey(eventId), promoCode],
    queryFn: ({ signal }) => {
      const query = new URLSearchParams({ promoCode: promoCode ?? "" });
      return request<ArenaEvent>(`/events/${encodeURIComponent(eventId)}?${query}`, { signal });
    },
    enabled: promoCode !== null,
    staleTime: 10_000,
  });

/** What is known of the event may be out of date; its numbers have a feed of their own. */
export function rereadEvent(client: QueryClient, eventId: string): void {
  void client.invalidateQueries({ queryKey: eventKey(eventId), exact: true });
  void client.invalidateQueries({ queryKey: unlockedKey(eventId) });
}

/** The events of a series that are not over, as cards. */
export const seriesQuery = (seriesId: string | null | undefined) =>
  queryOptions({
    queryKey: ["series", seriesId],
    queryFn: ({ signal }) => {
      const query = new URLSearchParams({
        seriesId: seriesId ?? "",
        view: "card",
        limit: "50",
        from: new Date(serverTime(Date.now())).toISOString(),
      });
      return request<EventCard[]>(`/events?${query}`, { signal });
    },
    enabled: seriesId != null,
    staleTime: 60_000,
  });

/** The key is part of the variables, so a repeat of the same attempt carries the same key. */
export const holdMutation = mutationOptions({
  mutationKey: ["hold"],
  mutationFn: ({ order, key }: { order: PlaceOrder; key: string; wished: string }) =>
    asSomebody(() =>
      request<OrderResponse>("/orders", {
        method: "POST",
        body: order,
        idempotencyKey: key,
        queuePass: passFor(order.eventId, serverTime(Date.now())),
        auth: "required",
      }),
    ),
  retry: shouldRetry,
  retryDelay,
});
