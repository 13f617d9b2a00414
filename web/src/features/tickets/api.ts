import { queryOptions } from "@tanstack/react-query";
import { request } from "@/shared/api/client";
import type { TicketDetails } from "@/shared/api/contract";

export const ticketsQuery = queryOptions({
  queryKey: ["tickets"],
  queryFn: ({ signal }) => request<TicketDetails[]>("/tickets?limit=100", { signal, auth: "required" }),
  staleTime: 10_000,
});

export const ticketQuery = (ticketId: string) =>
  queryOptions({
    queryKey: ["tickets", ticketId],
    queryFn: ({ signal }) =>
      request<TicketDetails>(`/tickets/${encodeURIComponent(ticketId)}`, { signal, auth: "required" }),
    staleTime: 10_000,
  });
