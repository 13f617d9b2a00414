import { queryOptions } from "@tanstack/react-query";
import { request } from "../api/client";
import type { Invoice } from "../api/contract";

const pathOf = (orderId: string) => `/orders/${encodeURIComponent(orderId)}/invoices`;

/** The invoice of an order and its credit notes, as far as they were issued. */
export const orderInvoicesQuery = (orderId: string) =>
  queryOptions({
    queryKey: ["papers", orderId],
    queryFn: ({ signal }) => request<Invoice[]>(pathOf(orderId), { signal, auth: "required" }),
  });

/** Issued once: asked again, it is the same one. */
export const issueInvoice = (orderId: string) =>
  request<Invoice[]>(pathOf(orderId), { method: "POST", auth: "required" });
