import { mutationOptions, queryOptions } from "@tanstack/react-query";
import { AttemptKeys } from "@/shared/api/attempt-key";
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

const attempts = new AttemptKeys();

export const laneMutation = (eventId: string) =>
  mutationOptions({
    mutationKey: ["waiting-room", eventId, "lane"],
    mutationFn: (body: { name: string; code: string; share: number }) => {
      const idempotencyKey = attempts.keyFor({ eventId, ...body });
      return request<QueueLane>(path(eventId, "/lanes"), {
        method: "POST",
        body,
        idempotencyKey,
        auth: "required",
      });
    },
    onSettled: (_lane, error) => attempts.settle(error ?? undefined),
  });

export const isShare = (text: string) => /^\d{1,3}$/.test(text) && Number(text) <= 100;

export const changeLane = (eventId: string, lane: number, body: { share?: number; code?: string }) =>
  request<QueueLane>(path(eventId, `/lanes/${lane}`), { method: "PATCH", body, auth: "required" });

export const endLane = (eventId: string, lane: number) =>
  request<QueueLane>(path(eventId, `/lanes/${lane}`), { method: "DELETE", auth: "required" });

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
    mutationFn: (body: { people: number; seconds: number; admitPerMinute?: number }) => {
      const idempotencyKey = attempts.keyFor({ eventId, ...body });
      return request<Rehearsal>(rehearsals(eventId), {
        method: "POST",
        body,
        idempotencyKey,
        auth: "required",
      });
    },
    onSettled: (_rehearsal, error) => attempts.settle(error ?? undefined),
  });
