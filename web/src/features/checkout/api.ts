import { mutationOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { request } from "@/shared/api/client";
import type { OrderResponse, PlaceOrder, SeasonOrder } from "@/shared/api/contract";
import { keepPlace, keptPlace, passFor } from "@/shared/api/queue-pass";
import { retryDelay, shouldRetry } from "@/shared/api/retry";
import { serverTime } from "@/shared/api/server-clock";
import { asOne } from "./season";
import { laterOf, pollEvery } from "./stage";

export const orderKey = (orderId: string) => ["orders", orderId] as const;
const path = (orderId: string) => `/orders/${encodeURIComponent(orderId)}`;

export const orderQuery = (orderId: string, client: QueryClient) =>
  queryOptions({
    queryKey: orderKey(orderId),
    queryFn: async ({ signal }) => {
      const order = await request<OrderResponse>(path(orderId), { signal, auth: "required" });
      // A frame may have overtaken this answer.
      return laterOf(client.getQueryData<OrderResponse>(orderKey(orderId)), order);
    },
    staleTime: 0,
    refetchInterval: (query) => pollEvery(query.state.data, query.state.dataUpdatedAt, Date.now()),
  });

export const seasonOrderKey = (seasonId: string) => ["season-orders", seasonId] as const;
const seasonPath = (seasonId: string) => `/season-orders/${encodeURIComponent(seasonId)}`;

export const seasonOrderQuery = (seasonId: string) =>
  queryOptions({
    queryKey: seasonOrderKey(seasonId),
    queryFn: ({ signal }) => request<SeasonOrder>(seasonPath(seasonId), { signal, auth: "required" }),
    staleTime: 0,
    refetchInterval: ({ state }) =>
      pollEvery(state.data && asOne(state.data), state.dataUpdatedAt, Date.now()),
  });

export const payMutation = (orderId: string) => paying<OrderResponse>(path(orderId));
export const paySeasonMutation = (seasonId: string) => paying<SeasonOrder>(seasonPath(seasonId));

/** The key is part of the variables, so a repeat of the same attempt carries the same key. */
const paying = <Paid>(of: string) =>
  mutationOptions({
    mutationKey: ["pay", of],
    mutationFn: ({ token, key }: { token: string; key: string }) =>
      request<Paid>(`${of}/payment`, {
        method: "POST",
        body: { paymentMethod: { type: "card", token } },
        idempotencyKey: key,
        auth: "required",
      }),
    retry: shouldRetry,
    retryDelay,
  });

/** Another promo code for the hold, or none. The same again is the same answer, so it needs no key. */
export const promoMutation = (orderId: string) =>
  mutationOptions({
    mutationKey: ["promo", orderId],
    mutationFn: (code: string | null) =>
      request<OrderResponse>(`${path(orderId)}/promo-code`, {
        ...(code === null ? { method: "DELETE" } : { method: "PUT", body: { code } }),
        auth: "required",
      }),
    retry: shouldRetry,
    retryDelay,
  });

export const cancelMutation = (orderId: string) => cancelling<OrderResponse>(path(orderId));
export const cancelSeasonMutation = (seasonId: string) => cancelling<SeasonOrder>(seasonPath(seasonId));

const cancelling = <Left>(of: string) =>
  mutationOptions({
    mutationKey: ["cancel", of],
    // Cancelling again gives the same answer, so it needs no key.
    mutationFn: () => request<Left>(`${of}/cancel`, { method: "POST", auth: "required" }),
    retry: shouldRetry,
    retryDelay,
  });

/** Who has bought makes room for the next in line; if that is not heard, it ends with the pass. */
export async function leaveShop(eventId: string): Promise<void> {
  const place = keptPlace(eventId);
  if (place?.pass === undefined || place.hasLeft === true) return;
  keepPlace(eventId, { ...place, hasLeft: true });
  const path = `/events/${encodeURIComponent(eventId)}/queue/${place.token}/leave`;
  await request(path, { method: "POST", auth: "required" }).catch(() => undefined);
}

/** The sandbox bank's "Is it you?" page, as two buttons. */
export const authenticateMutation = (orderId: string) =>
  mutationOptions({
    mutationKey: ["authenticate", orderId],
    mutationFn: (outcome: "pass" | "fail") =>
      request<unknown>(`/sandbox/payments/${encodeURIComponent(orderId)}/authenticate`, {
        method: "POST",
        body: { outcome },
        auth: "required",
      }),
  });

export const holdAgainMutation = mutationOptions({
  mutationKey: ["hold-again"],
  mutationFn: ({ order, key }: { order: PlaceOrder; key: string }) =>
    request<OrderResponse>("/orders", {
      method: "POST",
      body: order,
      idempotencyKey: key,
      queuePass: passFor(order.eventId, serverTime(Date.now())),
      auth: "required",
    }),
  retry: shouldRetry,
  retryDelay,
});
