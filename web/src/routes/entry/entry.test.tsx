import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { FlaggedScan, GateDeviceLine, GateRules, GateUpdate } from "@/shared/api/contract";
import { ME, order, ticket, WALLET } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const SIGNED_IN = { signedIn: true };
const OWNER = { ...ME, memberships: [{ organizationId: "org-1", name: "Harbour City FC", role: "OWNER" }] };
const GATES = "/events/:id/gates";

const RULES: GateRules = {
  gates: [
    { name: "A", sectionIds: [], zone: "Park" },
    { name: "B", sectionIds: ["stand"], zone: null },
  ],
  zones: [{ name: "Park", capacity: 1000 }],
  reentry: true,
  passbackSeconds: 600,
  printedCodes: true,
};
const LIVE: GateUpdate = {
  eventId: "event-1",
  admitted: 1200,
  inside: 990,
  perMinute: 42,
  gates: [
    { gate: "A", admitted: 900, perMinute: 40 },
    { gate: "B", admitted: 300, perMinute: 2 },
  ],
  zones: [{ zone: "Park", inside: 990, capacity: 1000, alarm: "NEAR" }],
  advice: [{ gate: "B", kind: "SLOW", sendTo: "A" }],
};
const device = (change: Partial<GateDeviceLine> = {}): GateDeviceLine => ({
  deviceId: "device-1",
  name: "Scanner 1",
  gate: "A",
  registered: true,
  revoked: false,
  createdAt: "2026-11-29T10:00:00Z",
  seenAt: null,
  ...change,
});

let devices: GateDeviceLine[];
let flagged: FlaggedScan[];
let saved: unknown;

beforeEach(() => {
  devices = [device()];
  flagged = [];
  saved = undefined;
  server.use(
    http.get(api("/users/me"), () => ok(OWNER)),
    http.get(api(`${GATES}/live`), () => ok(LIVE)),
    http.get(api(`${GATES}/conflicts`), () => ok(flagged)),
    http.get(api(`${GATES}/rules`), () => ok(RULES)),
    http.put(api(`${GATES}/rules`), async ({ request }) => {
      saved = await request.json();
      return ok(saved);
    }),
    http.get(api(`${GATES}/devices`), () => ok(devices)),
  );
});

describe("the gates of an event", () => {
  it("say who went in where, what fills up and where to send people", async () => {
    await openApp("/organizer/events/event-1/gates", SIGNED_IN);
    const rows = within(await screen.findByRole("table", { name: "By gate" })).getAllByRole("row");
    expect(rows.map((row) => row.textContent)).toEqual(["GateLast minuteWent in", "A40900", "B2300"]);
    expect(screen.getByText("Park is nearly full")).toBeInTheDocument();
    expect(screen.getByText("990 of 1,000 inside")).toBeInTheDocument();
    expect(screen.getByText(/Send people to gate A/)).toBeInTheDocument();
  });

  it("take other rules, and what leads to a zone goes with its name", async () => {
    const { user } = await openApp("/organizer/events/event-1/gates", SIGNED_IN);
    const zone = await screen.findByRole("textbox", { name: "Name of the zone" });
    await user.clear(zone);
    expect(screen.getByRole("button", { name: "Save" })).toBeDisabled();
    await user.type(zone, "Lawn");
    await user.click(screen.getByRole("checkbox", { name: /^Tickets on paper/ }));
    await user.click(screen.getByRole("button", { name: "Remove B" }));
    await user.click(screen.getByRole("button", { name: "Save" }));
    await screen.findByText("Saved. Every gate with a connection knows it.");
    expect(saved).toEqual({
      ...RULES,
      printedCodes: false,
      gates: [{ name: "A", sectionIds: [], zone: "Lawn" }],
      zones: [{ name: "Lawn", capacity: 1000 }],
    });
  });

  it("say when their rules were not saved", async () => {
    server.use(http.put(api(`${GATES}/rules`), () => refuse(403, "AUTH004")));
    const { user } = await openApp("/organizer/events/event-1/gates", SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "Add a gate" }));
    expect(screen.getByText("Each gate and each zone needs a name of its own.")).toBeInTheDocument();
    await user.type(screen.getAllByRole("textbox", { name: "Name of the gate" })[2] as HTMLElement, "C");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText(/That was not saved/)).toBeInTheDocument();
  });

  it("say whom devices let in alone and the server flagged", async () => {
    flagged = [
      {
        ...{ clientId: "scan-2", reason: "ALREADY_IN", ticketId: "ticket-1", sectionId: "stand" },
        ...{ row: "F", seat: 12, gate: "South", deviceId: "device-1", deviceName: "Scanner 1" },
        ...{ scannedAt: "2026-11-29T18:10:00Z", recordedAt: "2026-11-29T18:20:00Z" },
        ...{ firstGate: "North", firstAt: "2026-11-29T18:05:00Z" },
      },
    ];
    await openApp("/organizer/events/event-1/gates", SIGNED_IN);
    const list = within(await screen.findByRole("list", { name: "Let in, and flagged" }));
    const line = list.getByRole("listitem").textContent;
    expect(line).toContain("The ticket was used already");
    expect(line).toContain("Gate South · Scanner 1");
    expect(line).toContain("First in: gate North");
    expect(line).toContain("F · 12");
  });

  it("register a device by a code that it reads, and lock one out when asked twice", async () => {
    let made: unknown;
    let isLocked = false;
    server.use(
      http.post(api(`${GATES}/devices`), async ({ request }) => {
        made = await request.json();
        devices = [...devices, device({ deviceId: "device-2", name: "Phone", registered: false })];
        const expiresAt = new Date(Date.now() + 1_800_000).toISOString();
        return ok({ deviceId: "device-2", code: "c", expiresAt, url: "http://localhost/gate/c" }, {}, 201);
      }),
      http.delete(api(`${GATES}/devices/device-1`), () => {
        isLocked = true;
        devices = devices.map((each) => (each.deviceId === "device-1" ? { ...each, revoked: true } : each));
        return ok(null);
      }),
    );
    const { user } = await openApp("/organizer/events/event-1/gates", SIGNED_IN);
    await user.type(await screen.findByLabelText("Name of the device"), "Phone");
    await user.selectOptions(await screen.findByLabelText("Gate"), "A");
    await user.click(screen.getByRole("button", { name: "Show its code" }));
    expect(await screen.findByText(/It works once, for 30 more minutes/)).toBeInTheDocument();
    expect(made).toEqual({ name: "Phone", gate: "A" });
    await screen.findByText("Not registered yet");
    const lock = screen.getByRole("button", { name: "Lock Scanner 1 out" });
    await user.click(lock);
    expect(isLocked).toBe(false);
    await user.click(lock);
    expect(await screen.findByText("Locked out")).toBeInTheDocument();
  });
});

describe("the box office", () => {
  it("sells what was paid for, prints its codes and lets people in once", async () => {
    const asked: unknown[] = [];
    const scans: unknown[] = [];
    const sold = ticket({ status: "VALID" });
    server.use(
      http.post(api("/orders"), async ({ request }) => {
        asked.push(await request.json());
        return asked.length === 1
          ? refuse(409, "EVENT002")
          : ok(order({ status: "CONFIRMED", tickets: [sold], total: 6800 }), {}, 201);
      }),
      http.get(api("/tickets/:id/wallet"), () => ok({ ...WALLET, printed: "PAPER-1" })),
      http.post(api("/events/:id/checkins"), async ({ request }) => {
        scans.push(await request.json());
        return ok({ clientId: "desk-ticket-1", result: "ADMITTED", ticket: sold });
      }),
    );
    const { user } = await openApp("/gate/event-1/box-office", SIGNED_IN);
    const line = await screen.findByRole("group", { name: "Section 110, adult" });
    const more = within(line).getAllByRole("button")[1] as HTMLElement;
    await waitFor(() => expect(more).toBeEnabled());
    await user.click(more);
    await user.click(screen.getByRole("button", { name: "It is paid: sell" }));
    expect(await screen.findByText(/Somebody was quicker/)).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "It is paid: sell" }));
    const receipt = await screen.findByRole("article", { name: "Receipt" });
    expect(receipt).toHaveTextContent("Section 110 · F · 13");
    expect(receipt).toHaveTextContent("€68.00");
    expect(await screen.findByRole("img", { name: "Code of Section 110 · F · 13" })).toBeInTheDocument();
    expect(asked[1]).toEqual({
      eventId: "event-1",
      tickets: [{ sectionId: "stand", priceLevel: "adult", quantity: 1 }],
      paymentMethod: { type: "box_office" },
    });
    await user.selectOptions(screen.getByRole("combobox", { name: "Gate" }), "B");
    await user.click(screen.getByRole("button", { name: "Let them in now" }));
    expect(await screen.findByText("1 person is in")).toBeInTheDocument();
    expect(scans).toEqual([
      {
        ticketId: "ticket-1",
        gate: "B",
        deviceId: "box-office",
        clientId: "desk-ticket-1",
        direction: "IN",
      },
    ]);
    await user.click(screen.getByRole("button", { name: "Next sale" }));
    await waitFor(() => expect(screen.getByRole("button", { name: "It is paid: sell" })).toBeDisabled());
  });
});
