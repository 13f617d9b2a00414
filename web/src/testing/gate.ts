import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, vi } from "vitest";
import { GateEngine } from "@/features/gate/engine";
import type { CheckIn, GateManifest, ManifestTicket, TicketDetails } from "@/shared/api/contract";
import { startSession } from "@/shared/api/session";
import vectors from "@/shared/gate/ticket-code-vectors.json";
import { keepsThings } from "./fake-storage";
import { ticket } from "./fixtures";
import { api, ok, server } from "./server";

const [first] = vectors.codes;
if (!first) throw new Error("the vectors are not there");

/** A ticket whose code is known, and when it shows it. */
export const SHOWN = { code: first.code, ticketId: first.ticketId, eventId: first.eventId };
export const AT = first.unix * 1000;

/** What the browser says of it; a test cuts it. */
export const network = { isOnline: true };

/** Each test of the file is at the gate when that code is shown, signed in, with a browser that keeps things. */
export function atTheGate(address = "/"): void {
  beforeEach(() => {
    network.isOnline = true;
    keepsThings();
    vi.useFakeTimers({ now: AT, toFake: ["Date"] });
    vi.spyOn(navigator, "onLine", "get").mockImplementation(() => network.isOnline);
    startSession({ token: "token-1", expiresAt: "2099-01-01T00:00:00Z" });
    window.history.replaceState(null, "", address);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
}

/** Where the organizer's QR code leads. */
export const BY_LINK = `/gate/${SHOWN.eventId}#device=code-1`;

export async function startedEngine(): Promise<GateEngine> {
  const engine = new GateEngine(SHOWN.eventId);
  await engine.start();
  return engine;
}

export const gateTicket = (changes: Partial<ManifestTicket> = {}): ManifestTicket => ({
  ...{ ticketId: SHOWN.ticketId, status: "VALID", sectionId: "s1", name: "Ada Kowalski" },
  ...changes,
});

/** The same, as the server tells it of who goes in. */
export const admitted = (): TicketDetails =>
  ticket({ ticketId: SHOWN.ticketId, eventId: SHOWN.eventId, status: "CHECKED_IN" });

export const gateManifest = (changes: Partial<GateManifest> = {}): GateManifest => ({
  ...{ eventId: SHOWN.eventId, sequence: 1, isWhole: true, status: "LIVE" },
  ...{ startTime: "2026-01-01T00:00:00Z", endTime: "2026-01-01T03:00:00Z" },
  ...{ publicKeys: [vectors.publicKey], keyGeneration: 1, stepSeconds: 15, printedCodes: false },
  ...{ reentry: false, passbackSeconds: 0, gates: {}, admitted: 0, inside: 0, gateKey: vectors.gateKey },
  ...{ sections: [{ id: "s1", name: "North", gate: "A" }], tickets: [gateTicket()] },
  ...changes,
});

/** A manifest of two gates that let everybody in, whole or not. */
export function serveTwoGates(): void {
  const everywhere = { sections: ["*"] };
  const gates = { East: everywhere, West: everywhere };
  server.use(http.get(api("/events/:id/checkins/manifest"), () => ok(gateManifest({ gates }))));
}

/** The server at the gates: what it is asked lies in the answer. */
export function serveGate(
  manifest: () => Response = () => ok(gateManifest()),
  admit: (scan: CheckIn) => Response | Promise<Response> = (scan) =>
    ok({ clientId: scan.clientId, result: "ADMITTED", again: false, ticket: admitted() }),
  result: "ADMITTED" | "CONFLICT" = "ADMITTED",
) {
  const asked: { scans: CheckIn[]; batches: CheckIn[][]; secrets: (string | null)[] } = {
    ...{ scans: [], batches: [], secrets: [] },
  };
  const path = "/events/:id/checkins";
  server.use(
    http.get(api(`${path}/manifest`), ({ request }) => {
      asked.secrets.push(request.headers.get("X-Gate-Device"));
      const since = new URL(request.url).searchParams.has("since");
      return since && manifest().status === 200
        ? ok(gateManifest({ isWhole: false, tickets: [], inside: 1 }))
        : manifest();
    }),
    http.post(api(path), async ({ request }) => {
      const scan = (await request.json()) as CheckIn;
      asked.scans.push(scan);
      return admit(scan);
    }),
    http.post(api(`${path}/batch`), async ({ request }) => {
      const { checkins } = (await request.json()) as { checkins: CheckIn[] };
      asked.batches.push(checkins);
      return ok({ results: checkins.map(({ clientId }) => ({ clientId, result })) });
    }),
    http.post(api("/gate-devices"), () =>
      HttpResponse.json({
        success: true,
        data: { deviceId: "device-1", eventId: SHOWN.eventId, secret: "secret-1", name: "L", gate: null },
      }),
    ),
  );
  return asked;
}
