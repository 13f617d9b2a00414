import { queryOptions } from "@tanstack/react-query";
import { allPages } from "@/shared/api/all-pages";
import { request } from "@/shared/api/client";
import type {
  ArenaEvent,
  Channel,
  CohortMonth,
  EventCard,
  PriceFigures,
  Replay,
  Timeseries,
} from "@/shared/api/contract";

const figures = <T>(eventId: string, what: string, signal: AbortSignal) =>
  request<T>(`/analytics/events/${encodeURIComponent(eventId)}/${what}`, { signal, auth: "required" });

export const hoursQuery = (eventId: string | undefined) =>
  queryOptions({
    queryKey: ["insight", eventId, "hours"],
    queryFn: ({ signal }) =>
      figures<Timeseries>(eventId ?? "", "timeseries?metric=sales&bucket=hour", signal),
    enabled: eventId !== undefined,
  });

export const replayQuery = (eventId: string, at: string) =>
  queryOptions({
    queryKey: ["insight", eventId, "replay", at],
    queryFn: ({ signal }) => figures<Replay>(eventId, `replay?at=${encodeURIComponent(at)}`, signal),
    placeholderData: (previous) => previous,
    staleTime: 60_000,
  });

export const channelsQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["insight", eventId, "channels"],
    queryFn: ({ signal }) => figures<Channel[]>(eventId, "channels", signal),
  });

export const pricesQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["insight", eventId, "prices"],
    queryFn: ({ signal }) => figures<PriceFigures[]>(eventId, "prices", signal),
  });

export const cohortsQuery = (organizationId: string | undefined) =>
  queryOptions({
    queryKey: ["insight", organizationId, "cohorts"],
    queryFn: ({ signal }) =>
      request<CohortMonth[]>(`/analytics/organizations/${organizationId}/cohorts`, {
        signal,
        auth: "required",
      }),
    enabled: organizationId !== undefined,
  });

export const eventOfQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["insight", eventId, "event"],
    queryFn: ({ signal }) => request<ArenaEvent>(`/events/${eventId}`, { signal, auth: "required" }),
  });

export const eventsOfQuery = (organizationId: string | undefined) =>
  queryOptions({
    queryKey: ["insight", organizationId, "events"],
    queryFn: async ({ signal }) =>
      (await allPages<EventCard>(`/events?view=card&organizationId=${organizationId}`, signal)).reverse(),
    enabled: organizationId !== undefined,
  });
