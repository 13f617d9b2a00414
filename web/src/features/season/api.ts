import { mutationOptions, queryOptions } from "@tanstack/react-query";
import { request } from "@/shared/api/client";
import type { CapacityUpdate, PlaceSeason, SeasonOrder } from "@/shared/api/contract";
import { retryDelay, shouldRetry } from "@/shared/api/retry";
import type { SectionSeats } from "@/shared/map/seat-house";

export const freeKey = ["season", "free"] as const;

/** The seats of a section at one date. */
export const sectionSeatsQuery = (eventId: string, sectionId: string) =>
  queryOptions({
    queryKey: [...freeKey, "seats", eventId, sectionId],
    queryFn: ({ signal }) => {
      const query = new URLSearchParams({ sectionId });
      return request<SectionSeats>(`/events/${encodeURIComponent(eventId)}/seats?${query}`, { signal });
    },
    staleTime: 5_000,
  });

/** How many places are free in each section at one date. */
export const countsQuery = (eventId: string) =>
  queryOptions({
    queryKey: [...freeKey, "counts", eventId],
    queryFn: ({ signal }) =>
      request<CapacityUpdate>(`/events/${encodeURIComponent(eventId)}/availability`, { signal }),
    staleTime: 5_000,
    refetchInterval: 10_000,
  });

/** The key is part of the variables, so a repeat of the same attempt carries the same key. */
export const holdSeasonMutation = (seriesId: string) =>
  mutationOptions({
    mutationKey: ["hold-season", seriesId],
    mutationFn: ({ asked, key }: { asked: PlaceSeason; key: string }) =>
      request<SeasonOrder>(`/series/${encodeURIComponent(seriesId)}/orders`, {
        method: "POST",
        body: asked,
        idempotencyKey: key,
        auth: "required",
      }),
    retry: shouldRetry,
    retryDelay,
  });
