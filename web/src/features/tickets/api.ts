import { queryOptions } from "@tanstack/react-query";
import { request, requestWithMeta } from "@/shared/api/client";
import type { TicketDetails } from "@/shared/api/contract";

const PAGE_SIZE = 100;
/** A wallet of two thousand tickets is nobody's; what is beyond is reached by its own address. */
const PAGES_MAX = 20;

export const ticketsQuery = queryOptions({
  queryKey: ["tickets"],
  queryFn: async ({ signal }) => {
    const tickets: TicketDetails[] = [];
    for (let page = 1; page <= PAGES_MAX; page += 1) {
      const { data, meta } = await requestWithMeta<TicketDetails[]>(
        `/tickets?limit=${PAGE_SIZE}&page=${page}`,
        {
          signal,
          auth: "required",
        },
      );
      tickets.push(...data);
      if (data.length < PAGE_SIZE || tickets.length >= (meta.total ?? 0)) break;
    }
    return tickets;
  },
  staleTime: 10_000,
});

export const ticketQuery = (ticketId: string) =>
  queryOptions({
    queryKey: ["tickets", ticketId],
    queryFn: ({ signal }) =>
      request<TicketDetails>(`/tickets/${encodeURIComponent(ticketId)}`, { signal, auth: "required" }),
    staleTime: 10_000,
  });
