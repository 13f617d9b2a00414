import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { request } from "@/shared/api/client";
import type {
  Admission,
  CheckIn,
  FlaggedScan,
  GateDeviceLine,
  GateRules,
  GateUpdate,
  MadeGateDevice,
  OrderResponse,
  PlaceOrder,
  TicketWallet,
} from "@/shared/api/contract";
import { roomFeed } from "@/shared/realtime/room-feed";
import type { Live } from "@/shared/ui/live-mark";

const path = (eventId: string, below: string) => `/events/${encodeURIComponent(eventId)}${below}`;

export const liveQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["gates", eventId, "live"],
    queryFn: ({ signal }) => request<GateUpdate>(path(eventId, "/gates/live"), { signal, auth: "required" }),
    // Frames bring it while people come in; the rate of the last minute falls by itself.
    refetchInterval: 15_000,
  });

export const gateFeed = (eventId: string, client: QueryClient): Live =>
  roomFeed<GateUpdate>({
    room: "gate",
    eventId,
    read: () => client.invalidateQueries({ queryKey: liveQuery(eventId).queryKey }, { throwOnError: true }),
    hear: (frame) => client.setQueryData(liveQuery(eventId).queryKey, frame),
  });

export const rulesQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["gates", eventId, "rules"],
    queryFn: ({ signal }) => request<GateRules>(path(eventId, "/gates/rules"), { signal, auth: "required" }),
  });

export const saveRules = (eventId: string, rules: GateRules) =>
  request<GateRules>(path(eventId, "/gates/rules"), { method: "PUT", body: rules, auth: "required" });

/** Read anew while the page is open: devices come back with what they did alone. */
export const flaggedQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["gates", eventId, "flagged"],
    queryFn: ({ signal }) =>
      request<FlaggedScan[]>(path(eventId, "/gates/conflicts"), { signal, auth: "required" }),
    refetchInterval: 15_000,
  });

export const devicesQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["gates", eventId, "devices"],
    queryFn: ({ signal }) =>
      request<GateDeviceLine[]>(path(eventId, "/gates/devices"), { signal, auth: "required" }),
    refetchInterval: 5_000,
  });

export const makeDevice = (eventId: string, wish: { name: string; gate: string | null }, key: string) =>
  request<MadeGateDevice>(path(eventId, "/gates/devices"), {
    method: "POST",
    body: wish,
    idempotencyKey: key,
    auth: "required",
  });

export const lockOut = (eventId: string, deviceId: string) =>
  request<null>(path(eventId, `/gates/devices/${encodeURIComponent(deviceId)}`), {
    method: "DELETE",
    auth: "required",
  });

export const sell = (order: PlaceOrder, key: string) =>
  request<OrderResponse>("/orders", { method: "POST", body: order, idempotencyKey: key, auth: "required" });

/** The code for paper of a ticket one sold; null where the event takes none. */
export const printedQuery = (ticketId: string) =>
  queryOptions({
    queryKey: ["gates", "printed", ticketId],
    queryFn: async ({ signal }) => {
      const wallet = await request<TicketWallet>(`/tickets/${encodeURIComponent(ticketId)}/wallet`, {
        signal,
        auth: "required",
      });
      return wallet.printed ?? null;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

export const letIn = (eventId: string, scan: CheckIn) =>
  request<Admission>(path(eventId, "/checkins"), { method: "POST", body: scan, auth: "required" });
