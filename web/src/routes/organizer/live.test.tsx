import { act, screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { copyOf } from "@/features/organizer/copy-event";
import type { QueueControl, Summary } from "@/shared/api/contract";
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

const ROOM: QueueControl = {
  phase: "WAITING",
  ...{ admitPerMinute: 600, perMinute: 600, waiting: 8_421, inside: 31, insideMax: null, placesLeft: 9_160 },
  ...{ paused: false, draining: false, message: null, messageAt: null, seal: "9b".repeat(32), drawnAt: null },
  lanes: [],
};

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

  it("shows within a second that somebody else paused the sale", async () => {
    let status: "ON_SALE" | "PAUSED" = "ON_SALE";
    server.use(http.get(api("/events/:id"), () => ok(event({ status }))));
    const { socket } = await openApp("/organizer/events/event-1", SIGNED_IN);
    await screen.findByRole("button", { name: "Pause sale" });
    act(() => socket.open());
    act(() => socket.answer("dashboard:subscribe", { ok: true }));
    status = "PAUSED";
    act(() => socket.receive("dashboard:update", { eventId: "event-1", status, ...summary() }));
    expect(await screen.findByRole("button", { name: "Resume sale" })).toBeInTheDocument();
  });

  it("shows who waits beside what is sold, where there is a waiting room", async () => {
    const waitingRoom = { enabled: true, admitPerMinute: 600 };
    const shown = event();
    server.use(
      http.get(api("/events/:id"), () =>
        ok({ ...shown, capacityConfig: { ...shown.capacityConfig, waitingRoom } }),
      ),
      http.get(api("/events/:id/waiting-room"), () => ok(ROOM)),
    );
    await openApp("/organizer/events/event-1", SIGNED_IN);
    const line = await screen.findByRole("region", { name: "Waiting room" });
    expect(line).toHaveTextContent("Waiting8,421Going in a minute600");
    expect(within(line).getByRole("link", { name: "Steer the line" })).toHaveAttribute(
      "href",
      "/organizer/events/event-1/queue",
    );
  });

  it("says when the sale opens by itself, and in the last hour how long that is", async () => {
    let opens = Date.now() + 5 * 3_600_000;
    server.use(
      http.get(api("/events/:id"), () =>
        ok(event({ status: "SCHEDULED", salesStartAt: new Date(opens).toISOString() })),
      ),
    );
    const page = await openApp("/organizer/events/event-1", SIGNED_IN);
    expect((await screen.findByText(/^Opens by itself/)).textContent).not.toMatch(/, in /);
    page.unmount();
    opens = Date.now() + 10 * 60_000;
    await openApp("/organizer/events/event-1", SIGNED_IN);
    expect(await screen.findByText(/^Opens by itself .*, in (10:00|9:5\d)$/)).toBeInTheDocument();
  });

  it("says how fast it sells and how long what is free would last", async () => {
    server.use(
      http.get(api(`${FIGURES}/timeseries`), () =>
        ok({
          ...{ metric: "sales", bucket: "minute" },
          points: [
            { at: new Date(Math.floor(Date.now() / 60_000) * 60_000 - 60_000).toISOString(), value: 120 },
          ],
        }),
      ),
      http.get(api(`${FIGURES}/sections`), () =>
        ok([
          {
            ...{ sectionId: "terrace", name: "Terrace", capacity: 1000, sold: 120, held: 0 },
            ...{ available: 880, checkedIn: 0, revenue: 1 },
          },
        ]),
      ),
    );
    await openApp("/organizer/events/event-1", SIGNED_IN);
    expect(
      await screen.findByText(/^\d+ a minute now, at this pace sold out in \d+ min$/),
    ).toBeInTheDocument();
  });

  it("says that it is late when the line is lost", async () => {
    const { socket } = await openApp("/organizer/events/event-1", SIGNED_IN);
    await tile("Sold");
    act(() => socket.open());
    act(() => socket.answer("dashboard:subscribe", { ok: true }));
    await screen.findByText("Live", { selector: ".live b" });
    socket.connected = false;
    act(() => socket.receive("disconnect"));
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

describe("while it changes", () => {
  it("shows all that is pushed, to an analyst as well, and asks for none of it", async () => {
    const read: string[] = [];
    const seen = ({ request }: { request: Request }) => {
      const { pathname } = new URL(request.url);
      read.push(pathname.slice(pathname.lastIndexOf("/") + 1));
    };
    server.events.on("request:start", seen);
    server.use(
      http.get(api("/events/:id"), () => ok(event({ status: "LIVE" }))),
      http.get(api("/events/:id/gates/live"), () => refuse(403, "AUTH004")),
    );
    const { socket } = await openApp("/organizer/events/event-1", SIGNED_IN);
    await screen.findByText("Terrace", { selector: "td" });
    const gates = screen.getByRole("region", { name: "Gates" });
    expect(within(gates).queryByRole("alert")).not.toBeInTheDocument();
    act(() => socket.open());
    act(() => socket.answer("dashboard:subscribe", { ok: true }));
    await screen.findByText("Live", { selector: ".live b" });
    await waitFor(() => expect(read.filter((each) => each === "summary")).toHaveLength(2));
    read.length = 0;
    const section = { sectionId: "terrace", name: "Terrace", capacity: 1000, checkedIn: 7, revenue: 1 };
    act(() =>
      socket.receive("dashboard:update", {
        eventId: "event-1",
        ...summary({ orders: 11 }),
        funnel: { steps: [{ name: "view", count: 77 }] },
        sections: [{ ...section, sold: 431, held: 12, available: 557 }],
        attention: {
          worries: [{ kind: "PAYMENTS_FAILING", level: "no", count: 9, of: 12, sectionId: null, name: null }],
          at: "2026-11-29T12:00:00Z",
        },
        pace: { metric: "sales", bucket: "minute", points: [{ at: new Date().toISOString(), value: 64 }] },
        gates: {
          ...{ eventId: "event-1", admitted: 900, inside: 880, perMinute: 40, zones: [], advice: [] },
          gates: [{ gate: "C", admitted: 900, perMinute: 40 }],
        },
      }),
    );
    expect(await screen.findByRole("cell", { name: "431 43%" })).toBeInTheDocument();
    expect(screen.getByRole("region", { name: "From page to ticket" })).toHaveTextContent("Event page77");
    expect(screen.getByRole("region", { name: "Needs attention" })).toHaveTextContent("9");
    expect(within(gates).getByText("880 inside, 40 a minute")).toBeInTheDocument();
    expect(read).toEqual([]);
    server.events.removeListener("request:start", seen);
  });

  it("of a server that pushes the summary alone the rest is read anew, and gates as they go", async () => {
    const read: string[] = [];
    const gates = (perMinute: number) => ({
      ...{ eventId: "event-1", admitted: 900, inside: 880, perMinute, zones: [] },
      gates: [{ gate: "C", admitted: 900, perMinute }],
    });
    server.use(
      http.get(api("/events/:id"), () => ok(event({ status: "LIVE" }))),
      http.get(api("/events/:id/gates/live"), () => ok(gates(40))),
      http.get(api(`${FIGURES}/funnel`), () => {
        read.push("funnel");
        return ok({ steps: [] });
      }),
      http.get(api(`${FIGURES}/timeseries`), ({ request }) => {
        read.push(new URL(request.url).search);
        return ok({ metric: "sales", bucket: "minute", points: [] });
      }),
    );
    const { socket } = await openApp("/organizer/events/event-1", SIGNED_IN);
    expect(await screen.findByText("880 inside, 40 a minute")).toBeInTheDocument();
    await waitFor(() => expect(read).toHaveLength(2));
    // The last hour alone, not the whole sale.
    expect(read.find((each) => each !== "funnel")).toMatch(/bucket=minute&from=\d{4}-/);
    act(() => {
      socket.open();
      socket.answer("dashboard:subscribe", { ok: true });
    });
    await screen.findByText("Live", { selector: ".live b" });
    act(() => socket.receive("dashboard:update", { eventId: "event-1", ...summary({ orders: 11 }) }));
    await waitFor(() => expect(read).toHaveLength(4));
    act(() => socket.receive("dashboard:update", { eventId: "event-1", ...summary({ orders: 11 }) }));
    act(() => socket.receive("gate:update", gates(55)));
    expect(await screen.findByText("880 inside, 55 a minute")).toBeInTheDocument();
    expect(read).toHaveLength(4);
  });

  it("is not called live once the server says nothing any more", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], shouldAdvanceTime: true });
    try {
      const { socket } = await openApp("/organizer/events/event-1", SIGNED_IN);
      await tile("Sold");
      act(() => {
        socket.open();
        socket.answer("dashboard:subscribe", { ok: true });
      });
      await screen.findByText("Live", { selector: ".live b" });
      act(() => vi.advanceTimersByTime(9_000));
      expect(screen.getByText("Live", { selector: ".live b" })).toBeInTheDocument();
      act(() => socket.receive("dashboard:update", { eventId: "event-1", ...summary() }));
      act(() => vi.advanceTimersByTime(9_000));
      expect(screen.getByText("Live", { selector: ".live b" })).toBeInTheDocument();
      act(() => vi.advanceTimersByTime(3_000));
      expect(await screen.findByText("Delayed", { selector: ".live b" })).toBeInTheDocument();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a copy", () => {
  it("begins at the same time by the venue's clocks, across a change of them", () => {
    const made = copyOf(
      event({ startTime: "2026-10-24T18:00:00Z", endTime: "2026-10-24T20:00:00Z" }),
      "Europe/Berlin",
    );
    expect([made.startTime, made.endTime]).toEqual(["2026-10-31T19:00:00Z", "2026-10-31T21:00:00Z"]);
  });
});
