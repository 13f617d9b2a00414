import { queryOptions } from "@tanstack/react-query";
import { request } from "@/shared/api/client";
import type { OrderMessage, OrderNote, OrderResponse } from "@/shared/api/contract";

const pathOf = (orderId: string) => `/orders/${encodeURIComponent(orderId)}`;
const MESSAGES_MAX = 100;

/** What was told about an order, the newest first. */
export const orderMessagesQuery = (orderId: string) =>
  queryOptions({
    queryKey: ["organizer", "order-messages", orderId],
    queryFn: ({ signal }) =>
      request<OrderMessage[]>(`${pathOf(orderId)}/messages?limit=${MESSAGES_MAX}`, {
        signal,
        auth: "required",
      }),
  });

export const resendMessage = (orderId: string, messageId: string, idempotencyKey: string) =>
  request<{ messageId: string }>(`${pathOf(orderId)}/messages/${messageId}/resend`, {
    method: "POST",
    idempotencyKey,
    auth: "required",
  });

/** What the organizer's people noted, the newest first; its buyer never sees it. */
export const notesQuery = (orderId: string) =>
  queryOptions({
    queryKey: ["organizer", "notes", orderId],
    queryFn: ({ signal }) => request<OrderNote[]>(`${pathOf(orderId)}/notes`, { signal, auth: "required" }),
  });

export const addNote = (orderId: string, text: string, idempotencyKey: string) =>
  request<OrderNote>(`${pathOf(orderId)}/notes`, {
    method: "POST",
    body: { text },
    idempotencyKey,
    auth: "required",
  });

/** The money of an order by invoice came in; `reference` finds it at the bank. */
export const notePaid = (orderId: string, reference: string, idempotencyKey: string) =>
  request<OrderResponse>(`${pathOf(orderId)}/invoice-payment`, {
    method: "POST",
    body: { reference },
    idempotencyKey,
    auth: "required",
  });
