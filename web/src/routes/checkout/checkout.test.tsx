import { act, screen, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { useChoices } from "@/features/event/choice";
import { keepPlace, passFor } from "@/shared/api/queue-pass";
import {
  chooseCard,
  openCheckout,
  pay,
  payments,
  SERVER_NOW,
  serve,
  tick,
  wrongClock,
} from "@/testing/checkout-page";
import { order } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

beforeEach(wrongClock);
afterEach(() => {
  vi.useRealTimers();
});

describe("the clock", () => {
  it("counts by the server's time and speaks at 5:00, 1:00 and 0:30", async () => {
    await openCheckout();
    const clock = await screen.findByRole("timer");
    expect(clock).toHaveTextContent("8:00");
    expect(clock).toHaveClass("clock-plain");
    expect(screen.queryByText("5 minutes left to pay")).not.toBeInTheDocument();
    await tick(181_000);
    expect(clock).toHaveClass("clock-warn");
    expect(screen.getByText("5 minutes left to pay")).toBeInTheDocument();
    await tick(240_000);
    expect(clock).toHaveClass("clock-no");
    expect(screen.getByText("1 minute left to pay")).toBeInTheDocument();
    await tick(30_000);
    expect(screen.getByText("30 seconds left to pay")).toBeInTheDocument();
  });

  it("asks the server when it has run out, and shows what the server says", async () => {
    await openCheckout({ expiresAt: "2026-11-24T10:00:05Z" });
    await screen.findByRole("timer");
    serve({ status: "EXPIRED", expiresAt: "2026-11-24T10:00:05Z" });
    await tick(8_000);
    expect(await screen.findByRole("heading", { name: "Your time ran out" })).toBeInTheDocument();
    expect(screen.getByText(/You were not charged/)).toBeInTheDocument();
  });
});

describe("paying", () => {
  it("shows total, fees and the tax inside, then pays with the chosen test card", async () => {
    const asked = payments();
    const { user } = await openCheckout();
    expect(await screen.findAllByText("includes €22.67 tax (20%)")).not.toHaveLength(0);
    expect(screen.getAllByText("€9.00")).not.toHaveLength(0);
    await chooseCard(user, /Card that is declined/);
    serve({ paymentStatus: "PROCESSING" });
    await user.click(pay());
    expect(
      await screen.findByRole("heading", { name: "Your bank is checking the payment" }),
    ).toBeInTheDocument();
    expect(asked).toEqual([
      {
        key: expect.stringMatching(/^\S+$/),
        body: { paymentMethod: { type: "card", token: "pm_card_chargeDeclined" } },
      },
    ]);
  });

  it("is confirmed by the personal frame, without waiting for the next poll", async () => {
    const { socket } = await openCheckout({ paymentStatus: "PROCESSING" });
    await screen.findByRole("heading", { name: "Your bank is checking the payment" });
    const paid = order({
      status: "CONFIRMED",
      paymentStatus: "SUCCEEDED",
      serverTime: "2026-11-24T10:00:09Z",
    });
    act(() => socket.receive("order:update", { ...paid, orderId: "somebody-else" }));
    expect(screen.queryByRole("heading", { name: "You’re in." })).not.toBeInTheDocument();
    act(() => socket.receive("order:update", paid));
    expect(await screen.findByRole("heading", { name: "You’re in." })).toBeInTheDocument();
    expect(screen.getByText("13–14")).toBeInTheDocument();
    expect(screen.getByText(/under Tickets, wherever you sign in as fan@demo.test/)).toBeInTheDocument();
  });

  it("makes room for the next in line once it is paid, and keeps its pass", async () => {
    const left: string[] = [];
    server.use(
      http.post(api("/events/:id/queue/:token/leave"), ({ params }) => {
        left.push(`${params.id}/${params.token}`);
        return ok({ left: true });
      }),
    );
    const { eventId } = order({});
    keepPlace(eventId, { token: "place-1", pass: "pass-1", passExpiresAt: "2099-01-01T00:00:00Z" });
    await openCheckout({ status: "CONFIRMED", paymentStatus: "SUCCEEDED" });
    await waitFor(() => expect(left).toEqual([`${eventId}/place-1`]));
    expect(passFor(eventId, SERVER_NOW)).toBe("pass-1");
    await tick(5_000);
    expect(left).toHaveLength(1);
  });

  it("is named as its mails name it", async () => {
    const orderId = "01998d6e-7c1a-7f00-8a1b-c2d3e4f56000";
    await openCheckout({ orderId, status: "CONFIRMED", paymentStatus: "SUCCEEDED" });
    const told = await screen.findByText(/^Paid €136\.00\. Order/);
    expect(told).toHaveTextContent(/Order 8A1BC2D3$/);
  });

  it("is confirmed by polling each 2 s when no frame comes", async () => {
    await openCheckout({ paymentStatus: "PROCESSING" });
    await screen.findByRole("heading", { name: "Your bank is checking the payment" });
    serve({ status: "CONFIRMED", paymentStatus: "SUCCEEDED" });
    await tick(2_500);
    expect(await screen.findByRole("heading", { name: "You’re in." })).toBeInTheDocument();
  });

  it.each([
    ["generic_decline", "Your bank declined this card."],
    ["insufficient_funds", "There is not enough money on this card."],
    ["authentication_required", "Your bank could not confirm that it is you."],
  ])("says what a decline (%s) means and that the places are kept", async (declineCode, words) => {
    await openCheckout({
      paymentStatus: "FAILED",
      lastError: { code: "PAY001", message: "no", declineCode },
    });
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent(words);
    expect(alert).toHaveTextContent("You were not charged.");
    expect(alert).toHaveTextContent(/Your places are still yours for [78] minutes/);
    expect(pay()).toBeEnabled();
  });

  it("repeats an unanswered payment with its key, and a new card gets a new one", async () => {
    const asked = payments(() => HttpResponse.error());
    const { user } = await openCheckout();
    await chooseCard(user);
    await user.click(pay());
    await tick(4_000);
    await screen.findByText("We do not know if the payment went out.");
    await user.click(pay());
    await tick(4_000);
    await waitFor(() => expect(asked).toHaveLength(6));
    expect(new Set(asked.map((each) => each.key)).size).toBe(1);
    await waitFor(() => expect(pay()).toBeEnabled());
    await chooseCard(user, /Card without money/);
    await user.click(pay());
    await waitFor(() => expect(asked.length).toBeGreaterThan(6));
    expect(asked.at(-1)?.key).not.toBe(asked[0]?.key);
  });

  it("finds out by itself that an unanswered payment never went out", async () => {
    payments(() => HttpResponse.error());
    const { user } = await openCheckout();
    await chooseCard(user);
    await user.click(pay());
    await tick(4_000);
    await screen.findByText("We do not know if the payment went out.");
    await tick(24_000);
    await screen.findByText("The payment did not go out.");
    expect(screen.getByText(/You were not charged\./)).toBeInTheDocument();
  });

  it("says what is agreed to by paying: what comes back, and until when", async () => {
    server.use(
      http.get(api("/events/:id/refund-policy"), () =>
        ok({
          tiers: [
            { hoursBefore: 24, percent: 50 },
            { hoursBefore: 168, percent: 100 },
          ],
          dateChange: null,
        }),
      ),
    );
    await openCheckout();
    expect(await screen.findByText(/give tickets back: 100\s?% until .*, 50\s?% until /)).toBeInTheDocument();
  });

  it("shows the expired order when the payment came too late", async () => {
    payments(() => refuse(409, "ORDER002"));
    const { user } = await openCheckout();
    await chooseCard(user);
    serve({ status: "EXPIRED" });
    await user.click(pay());
    expect(await screen.findByRole("heading", { name: "Your time ran out" })).toBeInTheDocument();
  });

  it.each([
    ["Yes, it is me", "pass"],
    ["Fail the check", "fail"],
  ])("answers the bank check: %s", async (button, outcome) => {
    const asked: unknown[] = [];
    server.use(
      http.post(api("/sandbox/payments/order-1/authenticate"), async ({ request }) => {
        asked.push(await request.json());
        return ok(order());
      }),
    );
    const { user } = await openCheckout({ paymentStatus: "REQUIRES_ACTION" });
    await screen.findByRole("heading", { name: "Your bank wants to know it is you" });
    serve({ status: "CONFIRMED", paymentStatus: "SUCCEEDED" });
    await user.click(screen.getByRole("button", { name: button }));
    await screen.findByRole("heading", { name: "You’re in." });
    expect(asked).toEqual([{ outcome }]);
  });
});

describe("giving places up and getting them back", () => {
  it("asks first, then releases", async () => {
    let cancelled = 0;
    server.use(
      http.post(api("/orders/:id/cancel"), () => {
        cancelled += 1;
        serve({ status: "CANCELLED" });
        return ok(order({ status: "CANCELLED", serverTime: "2026-11-24T10:00:30Z" }));
      }),
    );
    const { user } = await openCheckout();
    await user.click(await screen.findByRole("button", { name: "Release them now" }));
    expect(screen.getByRole("dialog")).toHaveTextContent("Keep your places?");
    expect(cancelled).toBe(0);
    await user.click(screen.getByRole("button", { name: "Release now" }));
    expect(await screen.findByRole("heading", { name: "You released the places" })).toBeInTheDocument();
    expect(cancelled).toBe(1);
  });

  it("gets the same seats back under a new order", async () => {
    let body: unknown;
    server.use(
      http.post(api("/orders"), async ({ request }) => {
        body = await request.json();
        return ok(order({ orderId: "order-2" }), {}, 201);
      }),
    );
    useChoices.getState().change("event-1", { promoCode: "SPRING" });
    const { user, path } = await openCheckout({ status: "EXPIRED" });
    await user.click(await screen.findByRole("button", { name: "Get them back" }));
    await waitFor(() => expect(path()).toBe("/checkout/order-2"));
    expect(body).toMatchObject({
      promoCode: "SPRING",
      tickets: [
        {
          sectionId: "stand",
          seats: [
            { row: "F", seat: 13 },
            { row: "F", seat: 14 },
          ],
        },
      ],
    });
  });

  it("says when somebody else was quicker", async () => {
    server.use(http.post(api("/orders"), () => refuse(409, "SEAT001")));
    const { user } = await openCheckout({ status: "EXPIRED" });
    await user.click(await screen.findByRole("button", { name: "Get them back" }));
    expect(await screen.findByText("They are taken now.")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Choose others" })).toHaveAttribute("href", "/events/event-1");
  });
});

it("does not show an order of somebody else", async () => {
  server.use(http.get(api("/orders/:id"), () => refuse(404, "ORDER001")));
  await openApp("/checkout/order-9", { signedIn: true });
  expect(await screen.findByRole("heading", { name: "This order is not here" })).toBeInTheDocument();
});

it("asks a visitor to sign in first", async () => {
  const { path } = await openApp("/checkout/order-1");
  await waitFor(() => expect(path()).toBe("/sign-in?next=%2Fcheckout%2Forder-1"));
});
