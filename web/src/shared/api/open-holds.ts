import { queryOptions } from "@tanstack/react-query";
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
