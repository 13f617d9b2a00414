import { queryOptions } from "@tanstack/react-query";
import { request } from "../api/client";
import type { FilledTicket, GivenAnswers, HolderAnswers, OrderAnswers } from "../api/contract";

const ofOrder = (orderId: string) => `/orders/${encodeURIComponent(orderId)}/answers`;
const ofTicket = (ticketId: string) => `/tickets/${encodeURIComponent(ticketId)}/answers`;

/** What an order's event asks, and what was answered. */
export const orderAnswersQuery = (orderId: string) =>
  queryOptions({
    queryKey: ["orders", orderId, "answers"],
    queryFn: ({ signal }) => request<OrderAnswers>(ofOrder(orderId), { signal, auth: "required" }),
    staleTime: 30_000,
  });

// The same answers again are the same, so they need no key.
export const answerOrder = (orderId: string, body: GivenAnswers): Promise<OrderAnswers> =>
  request<OrderAnswers>(ofOrder(orderId), { method: "PUT", body, auth: "required" });

/** The same for a ticket that one holds. */
export const ticketAnswersQuery = (ticketId: string) =>
  queryOptions({
    queryKey: ["tickets", ticketId, "answers"],
    queryFn: ({ signal }) => request<HolderAnswers>(ofTicket(ticketId), { signal, auth: "required" }),
    staleTime: 30_000,
  });

export const answerTicket = (ticketId: string, body: FilledTicket): Promise<HolderAnswers> =>
  request<HolderAnswers>(ofTicket(ticketId), { method: "PUT", body, auth: "required" });
