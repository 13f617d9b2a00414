import { queryOptions } from "@tanstack/react-query";
import { request } from "./client";
import type { ArenaEvent, Chart, SeasonOffer, Venue } from "./contract";

// Events and venues are read by every feature, so their queries are shared; what only one feature reads is in its api.ts.

export const eventKey = (eventId: string) => ["events", eventId] as const;
/** What promo codes unlock of it, each code under its own key below this one. */
export const unlockedKey = (eventId: string) => ["events", eventId, "unlocked"] as const;
export const availabilityKey = (eventId: string) => ["events", eventId, "availability"] as const;

export const eventQuery = (eventId: string) =>
  queryOptions({
    queryKey: eventKey(eventId),
    queryFn: ({ signal }) => request<ArenaEvent>(`/events/${encodeURIComponent(eventId)}`, { signal }),
    staleTime: 10_000,
  });

export const venueQuery = (venueId: string | undefined) =>
  queryOptions({
    queryKey: ["venues", venueId],
    queryFn: ({ signal }) => request<Venue>(`/venues/${encodeURIComponent(venueId ?? "")}`, { signal }),
    enabled: venueId !== undefined,
    staleTime: 300_000,
  });

/** What a season ticket of a series is for and costs: nothing where none is sold. */
export const seasonQuery = (seriesId: string | null | undefined) =>
  queryOptions({
    queryKey: ["series", seriesId, "season"],
    queryFn: ({ signal }) => request<SeasonOffer>(`/series/${seriesId}/season-ticket`, { signal }),
    enabled: seriesId != null,
    staleTime: 10_000,
  });

/** A chart never changes, so it is read once. */
export const chartQuery = (chart: { venueId: string; chartId: string } | undefined) =>
  queryOptions({
    queryKey: ["charts", chart?.chartId],
    queryFn: ({ signal }) =>
      request<Chart>(
        `/venues/${encodeURIComponent(chart?.venueId ?? "")}/charts/${encodeURIComponent(chart?.chartId ?? "")}`,
        { signal },
      ),
    enabled: chart !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
