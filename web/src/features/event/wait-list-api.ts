import { queryOptions } from "@tanstack/react-query";
import { request } from "@/shared/api/client";
import type { WaitListPlace } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";

const waitListPath = (eventId: string) => `/events/${encodeURIComponent(eventId)}/wait-list`;

/** One's place on an event's wait-list; null for who is not on it. */
export const waitListQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["wait-list", eventId],
    queryFn: ({ signal }): Promise<WaitListPlace | null> =>
      request<WaitListPlace>(waitListPath(eventId), { signal, auth: "required" }).catch((error) => {
        if (codeOf(error) === "NOTFOUND001") return null;
        throw error;
      }),
    refetchInterval: 15_000,
  });

export const joinWaitList = (eventId: string, quantity: number) =>
  request<WaitListPlace>(waitListPath(eventId), { method: "PUT", body: { quantity }, auth: "required" });

export const leaveWaitList = (eventId: string) =>
  request<null>(waitListPath(eventId), { method: "DELETE", auth: "required" });
