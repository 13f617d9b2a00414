import { mutationOptions, queryOptions } from "@tanstack/react-query";
import { request } from "@/shared/api/client";
import type { QueueControl, QueueLane, QueuePoint, Rehearsal } from "@/shared/api/contract";

const path = (eventId: string, below = "") => `/events/${encodeURIComponent(eventId)}/waiting-room${below}`;
const LIVE_MS = 2_000;

export const controlKey = (eventId: string) => ["waiting-room", eventId] as const;

export const controlQuery = (eventId: string) =>
  queryOptions({
    queryKey: controlKey(eventId),
    queryFn: ({ signal }) => request<QueueControl>(path(eventId), { signal, auth: "required" }),
    refetchInterval: LIVE_MS,
  });

export const historyQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["waiting-room", eventId, "history"],
    queryFn: ({ signal }) => request<QueuePoint[]>(path(eventId, "/history"), { signal, auth: "required" }),
    refetchInterval: LIVE_MS,
  });

export interface ControlChange {
  admitPerMinute?: number | null;
  insideMax?: number | null;
  paused?: boolean;
  draining?: boolean;
  message?: string | null;
}

export const changeMutation = (eventId: string) =>
  mutationOptions({
    mutationKey: ["waiting-room", eventId, "change"],
    mutationFn: (body: ControlChange) =>
      request<QueueControl>(path(eventId), { method: "PATCH", body, auth: "required" }),
  });

export const laneMutation = (eventId: string) =>
  mutationOptions({
    mutationKey: ["waiting-room", eventId, "lane"],
    mutationFn: (body: { name: string; code: string; share: number }) =>
      request<QueueLane>(path(eventId, "/lanes"), { method: "POST", body, auth: "required" }),
  });

const rehearsals = (eventId: string) => `/events/${encodeURIComponent(eventId)}/rehearsals`;

export const rehearsalsQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["waiting-room", eventId, "rehearsals"],
    queryFn: ({ signal }) => request<Rehearsal[]>(rehearsals(eventId), { signal, auth: "required" }),
    refetchInterval: ({ state }) =>
      state.data?.some(({ status }) => status === "WAITING" || status === "RUNNING") ? LIVE_MS : false,
  });

export const rehearsalMutation = (eventId: string) =>
  mutationOptions({
    mutationKey: ["waiting-room", eventId, "rehearse"],
    mutationFn: (body: { people: number; seconds: number; admitPerMinute?: number }) =>
      request<Rehearsal>(rehearsals(eventId), { method: "POST", body, auth: "required" }),
  });
