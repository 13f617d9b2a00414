import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import type { CapacityUpdate, SeasonOffer } from "@/shared/api/contract";
import type { SectionSeats } from "@/shared/map/seat-house";
import { countsQuery, REFETCH_MS, sectionSeatsQuery } from "./api";
import { DATES_LIVE_MAX, sectionAtDates } from "./live-seats";
import { type FreeRow, freeAtAll, freeOf, freeSeatsOf } from "./wish";

export interface Free {
  /** How many can be had at every date, and by seat where there are seats. */
  count: number;
  rows: readonly FreeRow[];
  /** When the first date starts that has none left. */
  fullAt: string | undefined;
}

interface Heard {
  isPending: boolean;
  error: Error | null;
  refetch: () => Promise<unknown>;
}

/** What of a section is free at every date on sale, while it sells: seats by frames, what has none every few seconds. */
export function useFree(season: SeasonOffer, sectionId: string, isSeated: boolean) {
  const client = useQueryClient();
  const isAsked = sectionId !== "";
  const dates = isAsked && isSeated ? season.dates.map(({ eventId }) => eventId).join() : "";
  useSyncExternalStore(
    useMemo(
      () => (dates === "" ? unheard : sectionAtDates(client, { eventIds: dates.split(","), sectionId })),
      [client, dates, sectionId],
    ),
    nothing,
  );
  const seats = useQueries({
    queries: season.dates.map(({ eventId }, n) => ({
      ...sectionSeatsQuery(eventId, sectionId),
      enabled: isAsked && isSeated,
      refetchInterval: n < DATES_LIVE_MAX ? (false as const) : REFETCH_MS,
    })),
  });
  const counts = useQueries({
    queries: season.dates.map(({ eventId }) => ({ ...countsQuery(eventId), enabled: isAsked && !isSeated })),
  });
  const heard: readonly Heard[] = isSeated ? seats : counts;
  const free = isSeated ? ofSeats(season, dataOf(seats)) : ofCounts(season, dataOf(counts), sectionId);
  return {
    free,
    error: heard.find(({ error }) => error !== null)?.error ?? null,
    retry: () => {
      for (const each of heard) if (each.error !== null) void each.refetch();
    },
  };
}

const unheard = () => () => undefined;
const nothing = (): null => null;

/** All of them, or none as long as one is missing. */
function dataOf<Data>(results: readonly { data: Data | undefined }[]): Data[] | undefined {
  const found = results.flatMap(({ data }) => (data === undefined ? [] : [data]));
  return found.length === results.length ? found : undefined;
}

function ofSeats(season: SeasonOffer, dates: SectionSeats[] | undefined): Free | undefined {
  if (dates === undefined) return undefined;
  const rows = freeAtAll(dates);
  const fullAt = season.dates[dates.findIndex((date) => freeSeatsOf(date) === 0)]?.startTime;
  return { rows, count: rows.reduce((all, { seats }) => all + seats.length, 0), fullAt };
}

function ofCounts(
  season: SeasonOffer,
  dates: CapacityUpdate[] | undefined,
  sectionId: string,
): Free | undefined {
  if (dates === undefined) return undefined;
  const free = dates.map((date) => freeOf(date, sectionId));
  return { rows: [], count: Math.min(...free), fullAt: season.dates[free.indexOf(0)]?.startTime };
}
