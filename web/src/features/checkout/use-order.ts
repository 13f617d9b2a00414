import { useQuery, useQueryClient } from "@tanstack/react-query";
import { eventQuery, venueQuery } from "@/shared/api/catalog";
import type { OrderResponse } from "@/shared/api/contract";
import { useSocketEvent } from "@/shared/realtime/use-socket-event";
import { useNow } from "@/shared/ui/use-now";
import { orderKey, orderQuery } from "./api";
import { clockOffset, remainingMs } from "./clock";
import { laterOf, stageOf } from "./stage";

/** The order with its event, its venue, the time left and the screen it is on. */
export function useOrder(orderId: string) {
  const client = useQueryClient();
  const now = useNow();
  const query = useQuery(orderQuery(orderId, client));
  const order = query.data;
  const event = useQuery({ ...eventQuery(order?.eventId ?? ""), enabled: order !== undefined });
  const venue = useQuery(venueQuery(event.data?.venueId));
  useSocketEvent<OrderResponse>("order:update", (frame) => {
    if (frame.orderId !== orderId) return;
    client.setQueryData<OrderResponse>(orderKey(orderId), (known) => laterOf(known, frame));
  });
  const left =
    order === undefined
      ? 0
      : remainingMs(
          order.expiresAt,
          clockOffset(order.serverTime, query.dataUpdatedAt),
          Math.max(now, query.dataUpdatedAt),
        );
  return {
    query,
    order,
    event: event.data,
    venue: venue.data,
    left,
    stage: order === undefined ? undefined : stageOf(order, left),
  };
}
