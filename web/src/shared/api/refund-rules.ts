import { queryOptions } from "@tanstack/react-query";
import { request } from "./client";
import type { components } from "./schema.gen";

export type RefundTier = components["schemas"]["RefundTier"];

/** How much a buyer may have back, by the time before the event. */
export const refundTiersQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["events", eventId, "refund-policy"],
    queryFn: async ({ signal }) => {
      const path = `/events/${encodeURIComponent(eventId)}/refund-policy`;
      return (await request<{ tiers: RefundTier[] }>(path, { signal })).tiers;
    },
  });
