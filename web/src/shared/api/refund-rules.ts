import { queryOptions } from "@tanstack/react-query";
import { request } from "./client";
import type { components } from "./schema.gen";

export type RefundTier = components["schemas"]["RefundTier"];

export type RefundRules = components["schemas"]["RefundPolicyView"];

/** How much a buyer may have back, by the time before the event, and for a new date. */
export const refundRulesQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["events", eventId, "refund-policy"],
    queryFn: ({ signal }) =>
      request<RefundRules>(`/events/${encodeURIComponent(eventId)}/refund-policy`, { signal }),
  });

export const refundTiersQuery = (eventId: string) =>
  queryOptions({ ...refundRulesQuery(eventId), select: ({ tiers }: RefundRules) => tiers });
