import { queryOptions } from "@tanstack/react-query";
import { eventKey } from "@/shared/api/catalog";
import { request, requestBytes, requestWithMeta } from "@/shared/api/client";
import type { ArenaEvent, PhonePasses, TicketDetails, TicketWallet, Transfer } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { digitsAt, fromBase64Url, hmacKey } from "@/shared/gate/ticket-code";
import { kept, readKept } from "@/shared/kept";

const PAGE_SIZE = 100;
/** A wallet of two thousand tickets is nobody's; what is beyond is reached by its own address. */
const PAGES_MAX = 20;

export const ticketsQuery = queryOptions({
  queryKey: ["tickets"],
  networkMode: "always",
  queryFn: ({ signal }) => kept("tickets", () => readTickets(signal)),
  staleTime: 10_000,
});

async function readTickets(signal: AbortSignal): Promise<TicketDetails[]> {
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
}

export const ticketQuery = (ticketId: string) =>
  queryOptions({
    queryKey: ["tickets", ticketId],
    networkMode: "always",
    queryFn: async ({ signal }) => {
      try {
        return await kept(`ticket/${ticketId}`, () =>
          request<TicketDetails>(`/tickets/${encodeURIComponent(ticketId)}`, { signal, auth: "required" }),
        );
      } catch (error) {
        const listed = await listedTicket(ticketId, error);
        if (listed === undefined) throw error;
        return listed;
      }
    },
    staleTime: 10_000,
  });

/** A ticket whose own page nobody has opened stands in the list that was read last. */
async function listedTicket(ticketId: string, error: unknown): Promise<TicketDetails | undefined> {
  if (!(error instanceof ApiError) || !error.isUnclear) return undefined;
  const list = await readKept<TicketDetails[]>("tickets").catch(() => undefined);
  return list?.find((each) => each.ticketId === ticketId);
}

/** The event as it was read last, where no answer comes. */
export const keptEventQuery = (eventId: string) =>
  queryOptions({
    // A key of its own: what another page has read lately would be taken, and nothing kept.
    queryKey: [...eventKey(eventId), "kept"] as const,
    networkMode: "always",
    queryFn: ({ signal }) =>
      kept(`event/${eventId}`, () =>
        request<ArenaEvent>(`/events/${encodeURIComponent(eventId)}`, { signal }),
      ),
    staleTime: 10_000,
  });

export interface EntryKey {
  /** What stands before the dot of every code. */
  signed: string;
  key: CryptoKey;
  /** Whose ticket it is, where tickets are somebody's by name. */
  holderName?: string | null | undefined;
}

/** What makes the codes of a ticket on this device, with a network or without. */
export const entryKeyQuery = (ticketId: string) =>
  queryOptions({
    queryKey: ["tickets", ticketId, "key"],
    networkMode: "always",
    queryFn: ({ signal }) =>
      kept(`key/${ticketId}`, async (): Promise<EntryKey> => {
        const path = `/tickets/${encodeURIComponent(ticketId)}/wallet`;
        const { signed, key, holderName } = await request<TicketWallet>(path, { signal, auth: "required" });
        return { signed, key: await hmacKey(fromBase64Url(key)), holderName };
      }),
    // After a lost device the organizer changes the gate key: a wallet that is looked at follows.
    staleTime: 30_000,
    refetchInterval: 60_000,
    structuralSharing: false,
  });

/** The whole code of a step; made on the device. */
export const codeQuery = (ticketId: string, entry: EntryKey | undefined, step: number) =>
  queryOptions({
    queryKey: ["tickets", ticketId, "code", entry?.signed, step],
    networkMode: "always",
    enabled: entry !== undefined,
    gcTime: 30_000,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => (entry === undefined ? "" : `${entry.signed}.${await digitsAt(entry.key, step)}`),
  });

export const transferQuery = (ticketId: string) =>
  queryOptions({
    queryKey: ["tickets", ticketId, "transfer"],
    queryFn: ({ signal }) =>
      request<Transfer | null>(`/tickets/${encodeURIComponent(ticketId)}/transfer`, {
        signal,
        auth: "required",
      }),
  });

export const offerTicket = (ticketId: string, email: string): Promise<Transfer> =>
  request<Transfer>(`/tickets/${encodeURIComponent(ticketId)}/transfer`, {
    method: "POST",
    body: { email },
    auth: "required",
  });

export const takeBack = (ticketId: string): Promise<null> =>
  request<null>(`/tickets/${encodeURIComponent(ticketId)}/transfer`, { method: "DELETE", auth: "required" });

export const acceptTicket = (token: string): Promise<TicketDetails> =>
  request<TicketDetails>(`/tickets/transfers/${encodeURIComponent(token)}/accept`, {
    method: "POST",
    auth: "required",
  });

const below = (ticketId: string, what: string) => `/tickets/${encodeURIComponent(ticketId)}/${what}`;

/** Which wallets of telephones may keep a ticket. */
export const passesQuery = (ticketId: string) =>
  queryOptions({
    queryKey: ["tickets", ticketId, "passes"],
    queryFn: ({ signal }) => request<PhonePasses>(below(ticketId, "passes"), { signal, auth: "required" }),
    staleTime: 60_000,
  });

export const googlePass = (ticketId: string) =>
  request<{ url: string }>(below(ticketId, "google-pass"), { auth: "required" });

export const applePass = (ticketId: string) => requestBytes(below(ticketId, "apple-pass"));

export const ticketPdf = (ticketId: string, size: "a4" | "phone") =>
  requestBytes(below(ticketId, `pdf?size=${size}`));

/** Other codes from now on; all that are about, printed ones too, open nothing. */
export const reissueTicket = (ticketId: string, idempotencyKey: string) =>
  request<TicketDetails>(below(ticketId, "reissue"), { method: "POST", auth: "required", idempotencyKey });
