import { mutationOptions, queryOptions } from "@tanstack/react-query";
import { request } from "@/shared/api/client";
import type { CapacityUpdate, PlaceSeason, SeasonOrder } from "@/shared/api/contract";
import { retryDelay, shouldRetry } from "@/shared/api/retry";
import type { SectionSeats } from "@/shared/map/seat-house";

export const REFETCH_MS = 10_000;
export const freeKey = ["season", "free"] as const;

/** The seats of a section at one date; frames may have said more meanwhile than an answer that was long on its way. */
export const sectionSeatsQuery = (eventId: string, sectionId: string) =>
  queryOptions({
    queryKey: [...freeKey, "seats", eventId, sectionId],
    queryFn: async ({ signal, client, queryKey }) => {
      const query = new URLSearchParams({ sectionId });
      const path = `/events/${encodeURIComponent(eventId)}/seats?${query}`;
      const read = await request<SectionSeats>(path, { signal });
      const known = client.getQueryData<SectionSeats>(queryKey);
      const isOlder = known?.epoch === read.epoch && (known?.sequence ?? 0) > (read.sequence ?? 0);
      return known !== undefined && isOlder ? known : read;
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
    refetchInterval: REFETCH_MS,
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
