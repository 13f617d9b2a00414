import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { request, requestWithMeta } from "@/shared/api/client";
import type { EventCard, EventStatus, VenueCard } from "@/shared/api/contract";

export interface EventFilter {
  q: string;
  status: EventStatus | null;
  venueId: string | null;
  from: string | null;
  to: string | null;
}

const PAGE_SIZE = 48;

export const eventsQuery = (filter: EventFilter) =>
  infiniteQueryOptions({
    queryKey: ["events", "list", filter],
    queryFn: async ({ pageParam, signal }) => {
      const query = new URLSearchParams({
        view: "card",
        page: String(pageParam),
        limit: String(PAGE_SIZE),
      });
      for (const [name, value] of Object.entries(filter)) if (value) query.set(name, value);
      const { data, meta } = await requestWithMeta<EventCard[]>(`/events?${query}`, { signal });
      return { events: data, page: pageParam, total: meta.total ?? data.length };
    },
    initialPageParam: 1,
    getNextPageParam: ({ page, total }) => (page * PAGE_SIZE < total ? page + 1 : undefined),
    placeholderData: (previous) => previous,
    staleTime: 5_000,
    refetchInterval: 30_000,
  });

export const venuesQuery = queryOptions({
  queryKey: ["venues", "list"],
  queryFn: ({ signal }) => request<VenueCard[]>("/venues?view=card&limit=100", { signal }),
  staleTime: 300_000,
});
