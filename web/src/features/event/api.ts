import { mutationOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { availabilityKey } from "@/shared/api/catalog";
import { request } from "@/shared/api/client";
import type { CapacityUpdate, OrderResponse, PlaceOrder } from "@/shared/api/contract";
import { retryDelay, shouldRetry } from "@/shared/api/retry";
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

/** The key is part of the variables, so a repeat of the same attempt carries the same key. */
export const holdMutation = mutationOptions({
  mutationKey: ["hold"],
  mutationFn: ({ order, key }: { order: PlaceOrder; key: string }) =>
    request<OrderResponse>("/orders", { method: "POST", body: order, idempotencyKey: key, auth: "required" }),
  retry: shouldRetry,
  retryDelay,
});
