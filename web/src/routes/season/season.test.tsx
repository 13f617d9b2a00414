import { act, screen, waitFor } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { OrderResponse, PlaceSeason, SeasonOffer, SeasonOrder } from "@/shared/api/contract";
import { availability, event, order, ticket } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const DATES = ["event-1", "event-2"];
const OFFER: SeasonOffer = {
  seriesId: "series-1",
  currency: "EUR",
  dates: DATES.map((eventId, at) => ({
    eventId,
    startTime: `2099-03-${14 + 7 * at}T19:45:00Z`,
    endTime: `2099-03-${14 + 7 * at}T21:45:00Z`,
  })),
  prices: [
    {
      ...{ sectionId: "stand", priceLevel: "adult", amount: 5000 },
      ...{ byDate: [5450, 5000], total: 10_450, single: 13_600 },
    },
    {
      ...{ sectionId: "terrace", priceLevel: "adult", amount: 2000 },
      ...{ byDate: [2250, 2250], total: 4500, single: 4500 },
    },
  ],
};
const seats = (rows: Record<string, string>) => ({
  ...{ sectionId: "stand", sequence: 1 },
  rows: Object.entries(rows).map(([label, letters]) => ({ label, x: 0, y: 0, seats: letters })),
});

const season = (change: Partial<SeasonOrder> = {}, each: Partial<OrderResponse> = {}): SeasonOrder => {
  const soon = { expiresAt: new Date(Date.now() + 480_000).toISOString() };
  const told = { ...soon, serverTime: new Date().toISOString() };
  return {
    ...{ seasonOrderId: "season-1", seriesId: "series-1", status: "PENDING", paymentStatus: "PENDING" },
    ...{ total: 10_450, currency: "EUR", ...told },
    orders: DATES.map((eventId, at) =>
      order({
        ...{ orderId: at === 0 ? "season-1" : "order-2", eventId, total: [5450, 5000][at] ?? 0, ...told },
        ...{ subtotal: 6350, fees: 450, discount: 1350, tickets: [ticket({ seat: 3 })] },
        ...each,
      }),
    ),
    ...change,
  } as SeasonOrder;
};

beforeEach(() => {
  server.use(
    http.get(api("/series/:id/season-ticket"), () => ok(OFFER)),
    http.get(api("/events/:id/seats"), ({ params }) =>
      ok(seats(params.id === "event-1" ? { F: "SSFF", G: "HF" } : { F: "FFFS", G: "FF" })),
    ),
  );
});

describe("choosing", () => {
  it("asks for named seats at every date, once, and goes to pay", async () => {
    const asked: { body: PlaceSeason; key: string | null }[] = [];
    server.use(
      http.post(api("/series/:id/orders"), async ({ request }) => {
        asked.push({
          body: (await request.json()) as PlaceSeason,
          key: request.headers.get("Idempotency-Key"),
        });
        return ok(season(), {}, 201);
      }),
      http.get(api("/season-orders/:id"), () => ok(season())),
    );
    const { user, path } = await openApp("/series/series-1?section=stand", { signedIn: true });
    expect(await screen.findByText("A place at 2 dates: €104.50.")).toBeInTheDocument();
    expect(screen.getByText("€31.50 less than one by one.")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Choose your places" })).toBeDisabled();
    // Of row F only the third is free at both.
    await user.click(await screen.findByRole("button", { name: "Row F, seat 3" }));
    expect(screen.queryByRole("button", { name: "Row F, seat 4" })).not.toBeInTheDocument();
    await user.selectOptions(screen.getByLabelText("Row"), "G");
    await user.click(await screen.findByRole("button", { name: "Row G, seat 2" }));
    await user.click(screen.getByRole("button", { name: "Hold 2 places · €209.00" }));
    await waitFor(() => expect(path()).toBe("/season-orders/season-1"));
    expect(asked.map(({ body }) => body)).toEqual([
      {
        eventIds: DATES,
        tickets: [
          {
            ...{ sectionId: "stand", priceLevel: "adult", quantity: 2 },
            seats: [
              { row: "F", seat: 3 },
              { row: "G", seat: 2 },
            ],
          },
        ],
      },
    ]);
    expect(asked[0]?.key).toMatch(/.{10,}/);
  });

  it("hears of a seat that goes at one date, and of one that comes back", async () => {
    const { socket } = await openApp("/series/series-1?section=stand&seat=3.F", { signedIn: true });
    await screen.findByRole("button", { name: "Row F, seat 3", pressed: true });
    act(() => socket.open());
    await waitFor(() =>
      expect(socket.sent.filter(({ name }) => name === "seats:subscribe")).toHaveLength(DATES.length),
    );
    const asks = socket.sent.filter(({ name }) => name === "seats:subscribe");
    expect(asks.map(({ body }) => body)).toEqual(DATES.map((eventId) => ({ eventId, sectionId: "stand" })));
    act(() => {
      for (const [at, { ack }] of asks.entries()) {
        const snapshot = seats(at === 0 ? { F: "SSFF", G: "HF" } : { F: "FFFS", G: "FF" });
        ack?.({ ok: true, epoch: "e", sequence: 1, snapshot } as never);
      }
      const told = { eventId: "event-2", sectionId: "stand", epoch: "e", sequence: 2 };
      socket.receive("seats:update", {
        ...told,
        changes: [
          ["F", 3, "H"],
          ["F", 4, "F"],
        ],
      });
    });
    expect(await screen.findByRole("button", { name: "Row F, seat 4" })).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Row F, seat 3" })).not.toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Choose your places" })).toBeDisabled();
  });

  it("sends a visitor to sign in, and back to what they chose", async () => {
    const { user, path } = await openApp("/series/series-1?section=stand&level=adult&count=1&seat=3.F");
    await user.click(await screen.findByRole("button", { name: "Sign in to hold 1 place · €104.50" }));
    const next = "/series/series-1?section=stand&level=adult&count=1&seat=3.F";
    await waitFor(() => expect(path()).toBe(`/sign-in?next=${encodeURIComponent(next)}`));
  });

  it("says at which date a standing section is sold out", async () => {
    server.use(
      http.get(api("/events/:id/availability"), ({ params }) =>
        ok(
          availability({
            sections: [
              {
                ...{ sectionId: "terrace", capacity: 10, held: 0, sold: 0 },
                available: params.id === "event-2" ? 0 : 5,
              },
            ],
          }),
        ),
      ),
    );
    await openApp("/series/series-1?section=terrace", { signedIn: true });
    expect(await screen.findByText(/Terrace is sold out on .*21/)).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Choose your places" })).toBeDisabled();
  });

  it.each([
    ["ORDER005", { eventIds: ["event-2"] }, "The dates on sale are others by now."],
    ["SEAT001", { eventId: "event-2" }, "Not all of these places are free any more."],
  ])("tells a refusal (%s) and reads all anew", async (code, details, words) => {
    let reads = 0;
    server.use(
      http.get(api("/series/:id/season-ticket"), () => {
        reads += 1;
        return ok(OFFER);
      }),
      http.post(api("/series/:id/orders"), () => refuse(409, code, { details })),
    );
    const { user } = await openApp("/series/series-1?section=stand&seat=3.F", { signedIn: true });
    await user.click(await screen.findByRole("button", { name: /^Hold 1 place/ }));
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent(words);
    if (code === "SEAT001") expect(alert).toHaveTextContent(/It was the date .*21/);
    await waitFor(() => expect(reads).toBe(2));
  });

  it("has nothing to choose where none is sold", async () => {
    server.use(http.get(api("/series/:id/season-ticket"), () => ok({ ...OFFER, prices: [] })));
    await openApp("/series/series-1");
    expect(await screen.findByRole("heading", { name: "No season ticket is sold now" })).toBeInTheDocument();
  });
});

it("the page of a date shows the way to all of them", async () => {
  server.use(
    http.get(api("/events/:id"), () => ok(event({ seriesId: "series-1" }))),
    http.get(api("/events"), () => ok([{ ...event({ id: "event-2" }) }])),
  );
  await openApp("/events/event-1");
  const link = await screen.findByRole("link", { name: "Season ticket: all 2 dates, from €45" });
  expect(link).toHaveAttribute("href", "/series/series-1");
});

describe("paying", () => {
  it("is one payment of the whole; a decline is told, and paid it leads to each date", async () => {
    let told = season();
    const asked: unknown[] = [];
    server.use(
      http.get(api("/season-orders/:id"), () => ok(told)),
      http.post(api("/season-orders/:id/payment"), async ({ request, params }) => {
        asked.push([params.id, await request.json()]);
        told = season({}, { lastError: { code: "PAY001", message: "no", declineCode: "generic_decline" } });
        return ok(told, {}, 202);
      }),
    );
    const { user, socket } = await openApp("/season-orders/season-1", { signedIn: true });
    await user.click(await screen.findByRole("radio", { name: /Card that pays/ }));
    await user.click(screen.getByRole("button", { name: "Pay €104.50" }));
    expect(await screen.findByText("Your bank declined this card.")).toBeInTheDocument();
    expect(asked).toEqual([["season-1", { paymentMethod: { type: "card", token: "pm_card_visa" } }]]);
    const paid = { status: "CONFIRMED", paymentStatus: "SUCCEEDED" } as const;
    told = season(paid, { ...paid, tickets: [ticket({ status: "VALID", seat: 3 })] });
    act(() => socket.receive("order:update", { ...order({}), orderId: "order-2" }));
    expect(await screen.findByRole("heading", { name: "You’re in." })).toBeInTheDocument();
    expect(screen.getByText(/2 tickets, €104.50 paid/)).toBeInTheDocument();
    const links = screen.getAllByRole("link").map((link) => link.getAttribute("href"));
    expect(links).toEqual(
      expect.arrayContaining(["/account/orders/season-1", "/account/orders/order-2", "/tickets"]),
    );
  });

  it("asks the bank's question once, of the first order", async () => {
    const asked: unknown[] = [];
    server.use(
      http.get(api("/season-orders/:id"), () => ok(season({ paymentStatus: "REQUIRES_ACTION" }))),
      http.post(api("/sandbox/payments/:id/authenticate"), ({ params }) => {
        asked.push(params.id);
        return ok(order());
      }),
    );
    const { user } = await openApp("/season-orders/season-1", { signedIn: true });
    await user.click(await screen.findByRole("button", { name: "Yes, it is me" }));
    await waitFor(() => expect(asked).toEqual(["season-1"]));
  });

  it("expired, it leads back to the season", async () => {
    server.use(
      http.get(api("/season-orders/:id"), () =>
        ok(season({ status: "EXPIRED", paymentStatus: "FAILED" }, { status: "EXPIRED" })),
      ),
    );
    await openApp("/season-orders/season-1", { signedIn: true });
    expect(await screen.findByRole("heading", { name: "Your time ran out" })).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "To the season ticket" })).toHaveAttribute(
      "href",
      "/series/series-1",
    );
  });

  it("the checkout of one of its dates is that of the whole, and it is held once above every page", async () => {
    server.use(
      http.get(api("/orders"), () =>
        ok(season({}, { seasonOrderId: "season-1" }).orders.map((each) => ({ ...each }))),
      ),
      http.get(api("/orders/:id"), () => ok(season({}, { seasonOrderId: "season-1" }).orders[1])),
      http.get(api("/season-orders/:id"), () => ok(season())),
    );
    const wallet = await openApp("/tickets", { signedIn: true });
    const held = await screen.findByRole("complementary", { name: "Places you hold" });
    expect([...held.querySelectorAll("a")].map((link) => link.getAttribute("href"))).toEqual([
      "/season-orders/season-1",
    ]);
    wallet.unmount();
    const { path } = await openApp("/checkout/order-2", { signedIn: true });
    await waitFor(() => expect(path()).toBe("/season-orders/season-1"));
  });
});
