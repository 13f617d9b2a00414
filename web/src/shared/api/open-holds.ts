import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { request } from "./client";
import type { OrderResponse } from "./contract";

/** One's unpaid holds as the server knows them, the newest first. They are among the last orders. */
export const openHoldsQuery = queryOptions({
  queryKey: ["orders", "open"],
  queryFn: async ({ signal }) => {
    const orders = await request<OrderResponse[]>("/orders?limit=20", { signal, auth: "required" });
    return { orders: orders.filter((order) => order.status === "PENDING"), heardAt: Date.now() };
  },
  staleTime: 5_000,
});

/** Something changed: an answer that is on its way may be of before, and a first one would be waited for. */
export async function rereadOpenHolds(client: QueryClient): Promise<void> {
  const { queryKey } = openHoldsQuery;
  await client.cancelQueries({ queryKey });
  await client.invalidateQueries({ queryKey });
}
