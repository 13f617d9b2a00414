import { infiniteQueryOptions } from "@tanstack/react-query";
import { requestWithMeta } from "@/shared/api/client";
import type { EventCard } from "@/shared/api/contract";

/** The days that are shown, half open. */
export interface Span {
  from: string | null;
  to: string | null;
}

const PAGE_SIZE = 48;

export const eventsQuery = (span: Span & { venueId?: string }) =>
  infiniteQueryOptions({
    queryKey: ["events", "list", span],
    queryFn: async ({ pageParam, signal }) => {
      const query = new URLSearchParams({
        view: "card",
        page: String(pageParam),
        limit: String(PAGE_SIZE),
      });
      for (const [name, value] of Object.entries(span)) if (value) query.set(name, value);
      const { data, meta } = await requestWithMeta<EventCard[]>(`/events?${query}`, { signal });
      return { events: data, page: pageParam, total: meta.total ?? data.length };
    },
    initialPageParam: 1,
    getNextPageParam: ({ page, total }) => (page * PAGE_SIZE < total ? page + 1 : undefined),
    placeholderData: (previous) => previous,
    staleTime: 5_000,
    refetchInterval: 30_000,
  });
