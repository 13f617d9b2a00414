import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { request, requestWithMeta } from "@/shared/api/client";
import type { ArenaEvent, OrderResponse } from "@/shared/api/contract";
import type { RefundRules, RefundTier } from "@/shared/api/refund-rules";
import type { components } from "@/shared/api/schema.gen";

type Schemas = components["schemas"];
export type ActivityEntry = Schemas["ActivityEntry"];
export type Refund = Schemas["RefundView"];

const PAGE_SIZE = 20;

/** One's own orders, the newest first. */
export const ordersQuery = infiniteQueryOptions({
  queryKey: ["orders", "own"],
  initialPageParam: 1,
  queryFn: async ({ pageParam, signal }) => {
    const { data, meta } = await requestWithMeta<OrderResponse[]>(
      `/orders?limit=${PAGE_SIZE}&page=${pageParam}`,
      { signal, auth: "required" },
    );
    return { orders: data, total: meta.total ?? data.length };
  },
  getNextPageParam: ({ total }, pages) => (pages.length * PAGE_SIZE < total ? pages.length + 1 : undefined),
});

const pathOf = (orderId: string) => `/orders/${encodeURIComponent(orderId)}`;

export const orderQuery = (orderId: string) =>
  queryOptions({
    queryKey: ["orders", orderId],
    queryFn: ({ signal }) => request<OrderResponse>(pathOf(orderId), { signal, auth: "required" }),
  });

/** What became of it, the oldest first. */
export const activityQuery = (orderId: string) =>
  queryOptions({
    queryKey: ["orders", orderId, "activity"],
    queryFn: ({ signal }) =>
      request<ActivityEntry[]>(`${pathOf(orderId)}/activity`, { signal, auth: "required" }),
  });

export const askForRefund = (orderId: string, body: { ticketIds: string[]; reason: string }, key: string) =>
  request<Refund>(`${pathOf(orderId)}/refund-requests`, {
    method: "POST",
    body,
    idempotencyKey: key,
    auth: "required",
  });

const HOUR_MS = 3_600_000;

/** What goes back of a ticket now: all of it while the event has no date, and for a while once it has another. */
export function percentNow(
  rules: RefundRules | undefined,
  event: Pick<ArenaEvent, "status" | "startTime">,
  order: Pick<OrderResponse, "createdAt">,
  now: number,
): number {
  if (event.status === "POSTPONED") return 100;
  const moved = rules?.dateChange;
  if (
    moved != null &&
    Date.parse(order.createdAt) <= Date.parse(moved.changedAt) &&
    now < Date.parse(moved.wholeUntil)
  )
    return 100;
  return bestTier(rules?.tiers ?? [], event.startTime, now);
}

/** The best tier that is still open: a tier is, until so many hours before the event. */
function bestTier(tiers: readonly RefundTier[], startsAt: string, now: number): number {
  const left = Date.parse(startsAt) - now;
  return Math.max(
    0,
    ...tiers.filter((tier) => left >= tier.hoursBefore * HOUR_MS).map((tier) => tier.percent),
  );
}
