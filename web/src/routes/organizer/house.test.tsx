import { screen, waitFor } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { Campaign, NewVenue } from "@/shared/api/contract";
import { event, ME, order, REFUND, VENUE, VENUE_CARD } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const SIGNED_IN = { signedIn: true };
const MEMBERSHIPS = [{ organizationId: "org-1", name: "Harbour City FC", role: "MANAGER" }];
const sold = () => ({
  ...order({ status: "CONFIRMED" }),
  tickets: order().tickets.map((ticket) => ({ ...ticket, status: "VALID" as const })),
  buyer: { userId: "u", fullName: "Ada Fan", email: "ada@fans.test" },
});

beforeEach(() => {
  server.use(
    http.get(api("/users/me"), () => ok({ ...ME, memberships: MEMBERSHIPS })),
    http.get(api("/events"), () => ok([event()])),
    http.get(api("/venues"), () => ok([VENUE_CARD])),
  );
});

describe("orders", () => {
  it("are looked for by what lies in the address, and read on", async () => {
    const asked: string[] = [];
    server.use(
      http.get(api("/organizations/:id/orders"), ({ request }) => {
        const { searchParams } = new URL(request.url);
        asked.push(`${searchParams.get("q")} ${searchParams.get("status")} ${searchParams.get("cursor")}`);
        const next = searchParams.get("cursor") === null ? { nextCursor: "c-2" } : {};
        return ok([{ ...sold(), orderId: `o-${asked.length}` }], next);
      }),
    );
    const { user, path } = await openApp("/organizer/orders?status=CONFIRMED", SIGNED_IN);
    await screen.findAllByText("Ada Fan");
    await user.type(screen.getByRole("searchbox"), "ada{Enter}");
    await waitFor(() => expect(path()).toBe("/organizer/orders?status=CONFIRMED&q=ada"));
    // The last rows are in sight, so the next come by themselves.
    await waitFor(() => expect(asked.at(-1)).toBe("ada CONFIRMED c-2"));
    expect(asked[0]).toBe("null CONFIRMED null");
  });

  it("are one link each, wherever they lie in the list, and a file of what is looked for", async () => {
    const files: string[] = [];
    server.use(
      http.get(api("/organizations/:id/orders"), ({ request }) =>
        ok(new URL(request.url).searchParams.get("q") === "o-far" ? [{ ...sold(), orderId: "o-far" }] : []),
      ),
      http.get(api("/organizations/:id/orders/export.csv"), ({ request }) => {
        files.push(new URL(request.url).search);
        return new Response("a,b\r\n");
      }),
      http.get(api("/orders/:id/activity"), () => ok([])),
    );
    const { user, path } = await openApp("/organizer/orders?status=REFUNDED&order=o-far", SIGNED_IN);
    const dialog = await screen.findByRole("dialog", { name: "Ada Fan" });
    expect(dialog).toHaveTextContent("o-far");
    await user.click(screen.getByRole("button", { name: "Close" }));
    await waitFor(() => expect(path()).toBe("/organizer/orders?status=REFUNDED"));
    await user.click(screen.getByRole("button", { name: "All of these as CSV" }));
    await waitFor(() => expect(files).toEqual(["?status=REFUNDED"]));
  });

  it("show what became of one, and refund what is ticked, with its reason and under one key", async () => {
    const made: unknown[] = [];
    server.use(
      http.get(api("/organizations/:id/orders"), () => ok([sold()])),
      http.get(api("/orders/:id/activity"), () =>
        ok([{ at: "2026-11-29T12:00:00Z", kind: "PLACED", ticketIds: [] }]),
      ),
      http.post(api("/orders/:id/refunds"), async ({ request }) => {
        made.push({ body: await request.json(), hasKey: request.headers.has("Idempotency-Key") });
        return ok(REFUND, {}, 202);
      }),
    );
    const { user } = await openApp("/organizer/orders", SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: /Ada Fan/ }));
    expect(await screen.findByRole("list", { name: "What became of it" })).toHaveTextContent("Placed");
    const [first] = screen.getAllByRole("checkbox");
    const button = screen.getByRole("button", { name: /^Refund 0/ });
    expect(button).toBeDisabled();
    await user.click(first as HTMLElement);
    await user.type(screen.getByLabelText("Reason"), "Rain");
    await user.click(screen.getByRole("button", { name: /^Refund 1 ticket/ }));
    await screen.findByText("The refund is under way.");
    expect(made).toEqual([
      { body: { ticketIds: [sold().tickets[0]?.ticketId], reason: "Rain" }, hasKey: true },
    ]);
  });
});

describe("messages", () => {
  const campaign: Campaign = {
    campaignId: "c-1",
    channels: ["EMAIL"],
    cost: { amount: 120, currency: "EUR" },
    count: { people: 1500, emails: 1500, texts: 0 },
    createdAt: "2026-11-29T12:00:00Z",
    endedAt: null,
    eventId: "event-1",
    perMinute: 20_000,
    progress: { delivered: 0, failed: 0, queued: 0, sent: 0 },
    segment: { kind: "HOLDERS" },
    status: "PENDING",
    template: "gate_changed",
  };

  it("are counted first and sent after a second word", async () => {
    let kept: Campaign[] = [];
    const asked: unknown[] = [];
    server.use(
      http.get(api("/events/:id/messages"), () => ok(kept)),
      http.post(api("/events/:id/messages"), async ({ request }) => {
        asked.push(await request.json());
        kept = [campaign];
        return ok(campaign, {}, 201);
      }),
      http.post(api("/events/:id/messages/:campaign/approve"), () => {
        kept = [{ ...campaign, status: "SENDING" }];
        return ok(kept[0]);
      }),
    );
    const { user } = await openApp("/organizer/events/event-1/messages", SIGNED_IN);
    await user.type(await screen.findByLabelText("New gate"), "Gate C");
    await user.click(screen.getByRole("button", { name: "Count whom it reaches" }));
    const line = await screen.findByText("Reaches 1,500 people, costs €1.20");
    expect(line).toBeInTheDocument();
    expect(screen.getByText(/^Another gate · Everybody with a ticket/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Send to 1,500" }));
    await screen.findByText("Being sent");
    expect(asked).toEqual([
      { segment: { kind: "HOLDERS" }, channels: ["EMAIL"], template: "gate_changed", gate: "Gate C" },
    ]);
  });

  it("say where it takes place instead", async () => {
    const asked: unknown[] = [];
    server.use(
      http.get(api("/events/:id/messages"), () => ok([])),
      http.post(api("/events/:id/messages"), async ({ request }) => {
        asked.push(await request.json());
        return ok(campaign, {}, 201);
      }),
    );
    const { user } = await openApp("/organizer/events/event-1/messages", SIGNED_IN);
    await user.selectOptions(await screen.findByLabelText("What"), "Another place");
    const ready = screen.getByRole("button", { name: "Count whom it reaches" });
    await user.type(screen.getByLabelText("Venue"), "Lantern Park");
    await user.type(screen.getByLabelText("Address"), "Lantern Street 1");
    expect(ready).toBeDisabled();
    await user.type(screen.getByLabelText("City"), "Havenbrook");
    await user.click(ready);
    await waitFor(() =>
      expect(asked).toEqual([
        {
          segment: { kind: "HOLDERS" },
          channels: ["EMAIL"],
          template: "event_moved",
          place: { venue: "Lantern Park", address: "Lantern Street 1", city: "Havenbrook" },
        },
      ]),
    );
  });
});

describe("a venue", () => {
  it("is generated from its stands", async () => {
    let made: NewVenue | undefined;
    server.use(
      http.post(api("/venues"), async ({ request }) => {
        made = (await request.json()) as NewVenue;
        return ok({ ...VENUE, name: made.name }, {}, 201);
      }),
    );
    const { user } = await openApp("/organizer/venues", SIGNED_IN);
    for (const [label, text] of [
      ["Name", "Harbour Park"],
      ["Address", "Quay 1"],
      ["City", "Havenbrook"],
      ["Country (two letters)", "de"],
      ["Latitude", "53.5"],
      ["Longitude", "10"],
    ] as const)
      await user.type(await screen.findByLabelText(label), text);
    expect(screen.getByText("2,400 places")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Remove East" }));
    await user.click(screen.getByRole("button", { name: "Make the venue" }));
    await screen.findByText("Harbour Park is there.");
    expect(made).toMatchObject({ organizationId: "org-1", location: { country: "DE", lat: 53.5, lng: 10 } });
    expect(made?.sections).toHaveLength(9);
    expect(made?.sections[0]?.rows).toHaveLength(10);
  });

  it("says beside the field what the server refused of it, until it is changed", async () => {
    const details = [
      { field: "location.lat", message: "Input should be less than or equal to 90" },
      { field: "sections", message: "two of one name" },
    ];
    server.use(http.post(api("/venues"), () => refuse(422, "VALIDATION001", { details })));
    const { user } = await openApp("/organizer/venues", SIGNED_IN);
    const country = await screen.findByLabelText("Country (two letters)");
    await user.type(country, "Germany");
    for (const [label, text] of [
      ["Name", "Harbour Park"],
      ["City", "Havenbrook"],
      ["Latitude", "95"],
      ["Longitude", "10"],
    ] as const)
      await user.type(screen.getByLabelText(label), text);
    // The browser says so itself, and nothing is sent.
    expect(country).toBeInvalid();
    await user.clear(country);
    await user.type(country, "de");
    await user.click(screen.getByRole("button", { name: "Make the venue" }));
    const latitude = await screen.findByLabelText("Latitude");
    await waitFor(() => expect(latitude).toHaveAccessibleDescription("A number from -90 to 90"));
    expect(screen.getByText(/two of one name/)).toBeVisible();
    expect(screen.queryByText(/location\.lat/)).toBeNull();
    await user.type(latitude, "{Backspace}");
    expect(latitude).toHaveAccessibleDescription(/^Degrees north/);
  });
});
