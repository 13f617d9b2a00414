import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { eventQuery } from "@/shared/api/catalog";
import type { OrderResponse } from "@/shared/api/contract";
import { useEventVenue } from "@/shared/api/use-event-venue";
import { useSocketEvent } from "@/shared/realtime/use-socket-event";
import { useClock } from "@/shared/ui/use-now";
import { seasonOrderKey, seasonOrderQuery } from "./api";
import { deadlineOf, leftOf } from "./clock";
import { asOne } from "./season";
import { stageOf } from "./stage";

/** A season ticket, as one order too, with its first date's event, when its time is up and the screen it is on. */
export function useSeasonOrder(seasonId: string) {
  const client = useQueryClient();
  const query = useQuery(seasonOrderQuery(seasonId));
  const season = query.data;
  const order = useMemo(() => season && asOne(season), [season]);
  const event = useQuery({ ...eventQuery(order?.eventId ?? ""), enabled: order !== undefined }).data;
  const venue = useEventVenue(event);
  // A frame tells of one date: the whole is read again.
  useSocketEvent<OrderResponse>("order:update", (frame) => {
    if (season?.orders.some(({ orderId }) => orderId === frame.orderId))
      void client.invalidateQueries({ queryKey: seasonOrderKey(seasonId) });
  });
  const deadline = useMemo(
    () => order && deadlineOf(order, query.dataUpdatedAt),
    [order, query.dataUpdatedAt],
  );
  const stage = useClock((now) => (order && deadline ? stageOf(order, leftOf(deadline, now)) : null));
  return { query, season, order, event, venue, deadline, stage };
}
