import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import type { Conflict } from "@/features/event/clash";
import { contract, UNTRUE } from "./contract";
import {
  availability,
  CHART,
  card,
  event,
  ME,
  NOTHING_ASKED,
  order,
  ticket,
  unasked,
  VENUE,
  VENUE_CARD,
  WALLET,
} from "./fixtures";

export const api = (path: string): string => `*/api/v1${path}`;

export const ok = (data: unknown, meta: object = {}, status = 200) =>
  HttpResponse.json({ success: true, data, ...(Object.keys(meta).length > 0 && { meta }) }, { status });

/** What the API never answers, for what a page does then. */
export const broken = (data: unknown, meta?: object) =>
  HttpResponse.json({ success: true, data, meta }, { headers: { [UNTRUE]: "yes" } });

export const refuse = (
  status: number,
  code: string,
  extra: object = {},
  headers: Record<string, string> = {},
) => HttpResponse.json({ success: false, error: { code, message: code, ...extra } }, { status, headers });

type Seats = Conflict["nearest"];

/** Of named seats some are gone; `nearest` are as many as their whole line has, or as many as are left. */
export const seatsGone = (details: { seats: Seats; nearest: Seats }) => refuse(409, "SEAT001", { details });

const NO_FACETS = { type: [], status: [], city: [], amenity: [], month: [] };

/** Everything works and nobody is signed in. A test overrides what it is about. */
export const server = setupServer(
  http.post(api("/auth/refresh"), () => refuse(401, "AUTH003")),
  http.post(api("/auth/logout"), () => ok(null)),
  http.post(api("/analytics/events"), () => ok({ accepted: 1 }, {}, 202)),
  http.get(api("/users/me"), () => ok(ME)),
  http.get(api("/users/me/news"), () => ok([])),
  http.get(api("/events"), () => ok([card()], { page: 1, limit: 48, total: 1 })),
  http.get(api("/search"), () => ok([], { page: 1, limit: 24, total: 0, facets: NO_FACETS })),
  http.get(api("/search/suggest"), () => ok([])),
  http.get(api("/events/:id"), () => ok(event())),
  http.get(api("/events/:id/availability"), () => ok(availability())),
  http.get(api("/series/:id/season-ticket"), () =>
    ok({ seriesId: "event-1", currency: "EUR", dates: [], prices: [] }),
  ),
  http.get(api("/venues"), () => ok([VENUE_CARD], { page: 1, limit: 100, total: 1 })),
  http.get(api("/venues/:id"), () => ok(VENUE)),
  http.get(api("/venues/:id/charts/:chartId"), () => ok(CHART)),
  http.get(api("/events/:id/seats.bin"), () => HttpResponse.arrayBuffer(new Uint8Array(10).buffer)),
  http.get(api("/orders"), () => ok([])),
  http.get(api("/payments/card-form"), () => ok({ publishableKey: null })),
  http.get(api("/orders/:id"), () => ok(order())),
  http.get(api("/orders/:id/invoices"), () => ok([])),
  http.get(api("/orders/:id/messages"), () => ok([], { total: 0 })),
  http.get(api("/orders/:id/notes"), () => ok([])),
  http.get(api("/events/:id/gates/live"), () =>
    ok({ eventId: "event-1", admitted: 0, inside: 0, perMinute: 0, gates: [], zones: [] }),
  ),
  http.get(api("/events/:id/refund-policy"), () => ok({ tiers: [], dateChange: null })),
  http.get(api("/events/:id/questions"), () => ok(NOTHING_ASKED)),
  http.get(api("/orders/:id/answers"), () => ok(unasked())),
  http.get(api("/tickets/:id/answers"), () => refuse(404, "TICKET001")),
  http.get(api("/tickets"), () => ok([ticket({ status: "VALID" })])),
  http.get(api("/tickets/:id"), () => ok(ticket({ status: "VALID" }))),
  http.get(api("/tickets/:id/transfer"), () => ok(null)),
  http.get(api("/tickets/:id/passes"), () => ok({ apple: false, google: false })),
  http.get(api("/tickets/:id/wallet"), () => ok(WALLET)),
);

// Every answer of a test is held against the API's own document.
let judged: Promise<string[]>[] = [];
server.events.on("response:mocked", ({ request, response }) => {
  judged.push(contract.departures(request, response.clone()));
});

/** What was answered since the last call and is none of the API's answers. */
export async function departures(): Promise<string[]> {
  const those = judged;
  judged = [];
  return [...new Set((await Promise.all(those)).flat())];
}
