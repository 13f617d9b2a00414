import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { requestBytes } from "@/shared/api/client";
import type { Scene } from "@/shared/map/engine/scene";
import { SeatHouse } from "@/shared/map/seat-house";

export const houseKey = (eventId: string, chartId: string) => ["events", eventId, "seats", chartId] as const;

const COUNTED_MS = 20_000;

/** Every seat of the house. One object for good, which answers and frames change. */
export const houseQuery = (
  eventId: string,
  scene: { of: Scene; chartId: string } | undefined,
  client: QueryClient,
  isCounted = false,
) =>
  queryOptions({
    queryKey: houseKey(eventId, scene?.chartId ?? ""),
    queryFn: async ({ signal }) => {
      if (scene === undefined) throw new Error("there is no chart to put seats in");
      const bytes = await requestBytes(`/events/${encodeURIComponent(eventId)}/seats.bin`, signal);
      const house =
        client.getQueryData<SeatHouse>(houseKey(eventId, scene.chartId)) ?? new SeatHouse(scene.of);
      house.takeAll(bytes);
      return house;
    },
    enabled: scene !== undefined,
    structuralSharing: false,
    staleTime: 30_000,
    // Frames come of what is in view alone; whoever needs one of a few places counts those of the whole house.
    refetchInterval: isCounted ? COUNTED_MS : false,
  });
