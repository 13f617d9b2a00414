import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { eventQuery } from "@/shared/api/catalog";
import type { OrderResponse } from "@/shared/api/contract";
import { useEventVenue } from "@/shared/api/use-event-venue";
import { useSocketEvent } from "@/shared/realtime/use-socket-event";
import { useClock } from "@/shared/ui/use-now";
import { orderKey, orderQuery } from "./api";
import { deadlineOf, leftOf } from "./clock";
import { laterOf, stageOf } from "./stage";

/** The order with its event, its venue, when its time is up and the screen it is on. */
export function useOrder(orderId: string) {
  const client = useQueryClient();
  const query = useQuery(orderQuery(orderId, client));
  const order = query.data;
  const event = useQuery({ ...eventQuery(order?.eventId ?? ""), enabled: order !== undefined });
  const venue = useEventVenue(event.data);
  useSocketEvent<OrderResponse>("order:update", (frame) => {
    if (frame.orderId !== orderId) return;
    client.setQueryData<OrderResponse>(orderKey(orderId), (known) => laterOf(known, frame));
  });
  const deadline = useMemo(
    () => (order === undefined ? undefined : deadlineOf(order, query.dataUpdatedAt)),
    [order, query.dataUpdatedAt],
  );
  const stage = useClock((now) =>
    order === undefined || deadline === undefined ? null : stageOf(order, leftOf(deadline, now)),
  );
  return { query, order, event: event.data, venue, deadline, stage };
}
