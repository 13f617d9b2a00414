import { act, screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { filled } from "@/features/organizer/pace";
import type { Summary } from "@/shared/api/contract";
import { event, ME } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const SIGNED_IN = { signedIn: true };
const OWNER = { ...ME, memberships: [{ organizationId: "org-1", name: "Harbour City FC", role: "OWNER" }] };

const summary = (change: Partial<Summary> = {}): Summary => ({
  orders: 10,
  ticketsSold: 20,
  ticketsHeld: 3,
  checkedIn: 0,
  revenue: { gross: 52_000, fees: 3_000, refunded: 1_000, net: 48_000, currency: "EUR" },
  views: 90,
  visitors: 40,
  conversion: 0.25,
  updatedAt: "2026-11-29T12:00:00Z",
  ...change,
});

const FIGURES = "/analytics/events/:id";

beforeEach(() => {
  server.use(
    http.get(api("/users/me"), () => ok(OWNER)),
    http.get(api("/events"), () =>
      ok([event(), event({ id: "event-2", name: "Secret gig", status: "DRAFT" })]),
    ),
    http.get(api(`${FIGURES}/summary`), () => ok(summary())),
    http.get(api(`${FIGURES}/timeseries`), () => ok({ metric: "sales", bucket: "minute", points: [] })),
    http.get(api(`${FIGURES}/attention`), () => ok({ worries: [], at: "2026-11-29T12:00:00Z" })),
    http.get(api(`${FIGURES}/funnel`), () => ok({ steps: [{ name: "view", count: 40 }] })),
    http.get(api(`${FIGURES}/sections`), () =>
      ok([
        {
          sectionId: "terrace",
          name: "Terrace",
          capacity: 1000,
          sold: 1000,
          held: 0,
          available: 0,
          checkedIn: 0,
          revenue: 52_000,
        },
      ]),
    ),
  );
});

const tile = async (name: string) => (await screen.findByText(name, { selector: "dt" })).parentElement;

describe("organizer", () => {
  it("lists the events of the organization, drafts too, and leads to each", async () => {
    await openApp("/organizer", SIGNED_IN);
    const list = await screen.findByRole("list", { name: "Harbour City FC" });
    const links = within(list).getAllByRole("link");
    expect(links.map((link) => link.getAttribute("href"))).toEqual([
      "/organizer/events/event-1",
      "/organizer/events/event-2",
    ]);
    expect(links[1]).toHaveTextContent(/Secret gig.*Draft/);
  });

  it("offers to found an organization to whoever has none", async () => {
    let asked: unknown;
    server.use(
      http.get(api("/users/me"), () => ok({ ...ME, memberships: [] })),
      http.post(api("/organizations"), async ({ request }) => {
        asked = await request.json();
        return ok({ id: "org-2", name: "New Club", role: "OWNER" }, {}, 201);
      }),
    );
    const { user } = await openApp("/organizer", SIGNED_IN);
    await user.type(await screen.findByLabelText("Name"), "New Club");
    await user.click(screen.getByRole("button", { name: "Found it" }));
    await waitFor(() => expect(asked).toEqual({ name: "New Club" }));
  });

  it("shows what the server pushes, of this event alone", async () => {
    const { socket } = await openApp("/organizer/events/event-1", SIGNED_IN);
    expect(await tile("Sold")).toHaveTextContent("20");
    act(() => socket.open());
    expect(socket.said("dashboard:subscribe")).toEqual([{ eventId: "event-1" }]);
    act(() => socket.answer("dashboard:subscribe", { ok: true }));
    await screen.findByText("Live", { selector: ".live b" });
    act(() => {
      socket.receive("dashboard:update", { eventId: "another", ...summary({ ticketsSold: 999 }) });
      socket.receive("dashboard:update", { eventId: "event-1", ...summary({ ticketsSold: 1234 }) });
    });
    await waitFor(async () => expect(await tile("Sold")).toHaveTextContent("1,234"));
    expect(await tile("Revenue")).toHaveTextContent("€520");
    expect(await tile("Yours")).toHaveTextContent("€480€10 refunded");
    expect(screen.getByRole("cell", { name: "Terrace" })).toBeInTheDocument();
  });

  it("says no figure before it knows one", async () => {
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((done) => {
      answer = done;
    });
    server.use(
      http.get(api(`${FIGURES}/funnel`), async () => {
        await answered;
        return ok({ steps: [{ name: "view", count: 40 }] });
      }),
      http.get(api(`${FIGURES}/timeseries`), async () => {
        await answered;
        return ok({ metric: "sales", bucket: "minute", points: [] });
      }),
      http.get(api(`${FIGURES}/sections`), async () => {
        await answered;
        return ok([]);
      }),
    );
    await openApp("/organizer/events/event-1", SIGNED_IN);
    await tile("Sold");
    const panel = (name: string) => screen.getByRole("region", { name });
    expect(panel("From page to ticket").textContent).not.toMatch(/\d/);
    expect(panel("Tickets in the last hour").querySelector(".score")).toHaveTextContent(/^–$/);
    expect(screen.queryByText("0 sections")).not.toBeInTheDocument();
    answer();
    await waitFor(() => expect(panel("From page to ticket")).toHaveTextContent("Event page40"));
    await screen.findByText("0 sections");
    expect(panel("Tickets in the last hour").querySelector(".score")).toHaveTextContent(/^0$/);
  });

  it("says that it is late when the line is lost", async () => {
    const { socket } = await openApp("/organizer/events/event-1", SIGNED_IN);
    await tile("Sold");
    act(() => socket.open());
    act(() => socket.answer("dashboard:subscribe", { ok: true }));
    await screen.findByText("Live", { selector: ".live b" });
    socket.connected = false;
    await screen.findByText("Delayed", { selector: ".live b" }, { timeout: 3000 });
  });

  it("pauses the sale, and says so when it may not", async () => {
    let isAllowed = false;
    const asked: unknown[] = [];
    server.use(
      http.post(api("/events/:id/status"), async ({ request }) => {
        asked.push(await request.json());
        return isAllowed ? ok(event({ status: "PAUSED" })) : refuse(403, "AUTH004");
      }),
    );
    const { user } = await openApp("/organizer/events/event-1", SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "Pause sale" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Your role does not allow this.");
    isAllowed = true;
    await user.click(screen.getByRole("button", { name: "Pause sale" }));
    await screen.findByRole("button", { name: "Resume sale" });
    expect(asked).toEqual([{ status: "PAUSED" }, { status: "PAUSED" }]);
  });

  it("is not there for strangers", async () => {
    server.use(http.get(api(`${FIGURES}/summary`), () => refuse(404, "EVENT001")));
    await openApp("/organizer/events/event-1", SIGNED_IN);
    expect(await screen.findByText("We could not load these figures.")).toBeInTheDocument();
  });
});

describe("the pace", () => {
  const MINUTE = 60_000;
  const now = 100 * MINUTE + 30_000;

  it("has a bar for each minute, empty ones too", () => {
    const bars = filled([{ at: 98 * MINUTE, value: 7 }], "hour", now);
    expect(bars).toHaveLength(60);
    expect(bars.at(-1)).toEqual({ at: 100 * MINUTE, value: 0 });
    expect(bars.at(-3)).toEqual({ at: 98 * MINUTE, value: 7 });
  });

  it("of all days begins with the first that sold", () => {
    const day = 86_400_000;
    expect(filled([{ at: 10 * day, value: 1 }], "all", 12 * day + 5).map(({ value }) => value)).toEqual([
      1, 0, 0,
    ]);
    expect(filled([], "all", 12 * day + 5)).toHaveLength(1);
  });
});
