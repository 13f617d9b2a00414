import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { describe, expect, it } from "vitest";
import { SIGNED_IN } from "@/testing/event-page";
import { event, order, ticket } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const bought = order({ status: "CONFIRMED", paymentStatus: "SUCCEEDED" });
const HOURS = 3_600_000;
const startsIn = (hours: number) => new Date(Date.now() + hours * HOURS).toISOString();

function has(change: Parameters<typeof order>[0] = {}, startTime = startsIn(100)): void {
  const its = {
    ...bought,
    tickets: [
      ticket({ ticketId: "t1", status: "VALID" }),
      ticket({ ticketId: "t2", seat: 14, status: "VALID" }),
    ],
    ...change,
  };
  server.use(
    http.get(api("/orders"), () => ok([its], { total: 1 })),
    http.get(api("/orders/:id"), () => ok(its)),
    http.get(api("/events/:id"), () => ok(event({ startTime }))),
    http.get(api("/orders/:id/activity"), () =>
      ok([
        { kind: "PLACED", at: "2026-03-01T10:00:00Z", ticketIds: [] },
        { kind: "PAID", at: "2026-03-01T10:01:00Z", amount: 13_600, currency: "EUR", ticketIds: [] },
      ]),
    ),
    http.get(api("/events/:id/refund-policy"), () =>
      ok({
        tiers: [
          { hoursBefore: 72, percent: 100 },
          { hoursBefore: 24, percent: 50 },
        ],
        dateChange: null,
      }),
    ),
  );
}

describe("one's orders", () => {
  it("are listed, and one tells its places, its money and what became of it", async () => {
    has();
    const { user } = await openApp("/account/orders", SIGNED_IN);
    await user.click(await screen.findByRole("link", { name: /Harbour City.*2 places.*Confirmed/ }));
    expect(await screen.findByText("Held for you")).toBeInTheDocument();
    expect(screen.getByText("Paid")).toBeInTheDocument();
    expect(screen.getAllByText(/F 14/)[0]).toBeInTheDocument();
  });

  it("say that there are none", async () => {
    server.use(http.get(api("/orders"), () => ok([], { total: 0 })));
    await openApp("/account/orders", SIGNED_IN);
    expect(await screen.findByText("No orders yet")).toBeInTheDocument();
  });

  it("have their invoice, asked for once", async () => {
    has();
    let issued: unknown[] = [];
    const paper = {
      ...{ invoiceId: "invoice-1", number: "HCFC-2026-000001", kind: "INVOICE", orderId: "order-1" },
      ...{ amount: 13_600, tax: 2_267, currency: "EUR", issuedAt: "2026-11-24T10:00:00Z" },
    };
    server.use(
      http.get(api("/orders/:id/invoices"), () => ok(issued)),
      http.post(api("/orders/:id/invoices"), () => {
        issued = [
          paper,
          { ...paper, invoiceId: "invoice-2", kind: "CREDIT_NOTE", number: "HCFC-2026-000002" },
        ];
        return ok(issued, {}, 201);
      }),
    );
    const { user } = await openApp("/account/orders/order-1", SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "Issue the invoice" }));
    expect(await screen.findByText("Invoice HCFC-2026-000001")).toBeInTheDocument();
    expect(screen.getByText("Credit note HCFC-2026-000002")).toBeInTheDocument();
    expect(screen.getByText(/-€136.00/)).toBeInTheDocument();
  });

  it("are named as their mails name them", async () => {
    has({ orderId: "01998d6e-7c1a-7f00-8a1b-c2d3e4f56000" });
    await openApp("/account/orders/order-1", SIGNED_IN);
    expect(await screen.findByText("8A1BC2D3")).toBeInTheDocument();
  });

  it("that are held lead to where they are paid", async () => {
    has({ status: "PENDING", paymentStatus: "PENDING" });
    await openApp("/account/orders/order-1", SIGNED_IN);
    expect(await screen.findByRole("link", { name: "Finish paying" })).toHaveAttribute(
      "href",
      "/checkout/order-1",
    );
    expect(screen.queryByText("Give tickets back")).not.toBeInTheDocument();
  });
});

describe("giving tickets back", () => {
  it("asks for those that are ticked, under one key until it is answered", async () => {
    has();
    const asked: { body: unknown; key: string | null }[] = [];
    const answers = [
      () => refuse(503, "SYS002"),
      () =>
        ok({ refundId: "r1", amount: 6_800, currency: "EUR", status: "PENDING", ticketIds: ["t2"] }, {}, 202),
    ];
    server.use(
      http.post(api("/orders/:id/refund-requests"), async ({ request }) => {
        asked.push({ body: await request.json(), key: request.headers.get("Idempotency-Key") });
        return (answers.shift() ?? answers[0])?.() as Response;
      }),
    );
    const { user } = await openApp("/account/orders/order-1", SIGNED_IN);
    await user.click(await screen.findByText("Give tickets back"));
    expect(screen.getByText(/gives 100\s?% of the price back/)).toBeInTheDocument();
    const send = screen.getByRole("button", { name: /^Give \d tickets? back/ });
    expect(send).toBeDisabled();
    await user.click(screen.getAllByRole("checkbox")[1] as HTMLElement);
    await user.type(screen.getByLabelText("Reason"), "Ill");
    await user.click(send);
    await screen.findByText("These tickets cannot be given back now.");
    await user.click(send);
    expect(await screen.findByText("€68.00 goes back the way it was paid.")).toBeInTheDocument();
    expect(asked.map((each) => each.body)).toEqual(Array(2).fill({ ticketIds: ["t2"], reason: "Ill" }));
    expect(new Set(asked.map((each) => each.key)).size).toBe(1);
  });

  it("is offered by the tier of now, and not when it is too late", async () => {
    has({}, startsIn(30));
    const { unmount } = await openApp("/account/orders/order-1", SIGNED_IN);
    expect(await screen.findByText(/gives 50\s?% of the price back/)).toBeInTheDocument();
    unmount();
    has({}, startsIn(3));
    await openApp("/account/orders/order-1", SIGNED_IN);
    // The page itself, not the one that stands there until it is loaded.
    const page = () => within(screen.getByRole("main"));
    await waitFor(() => expect(page().getByText("Held for you")).toBeInTheDocument());
    await waitFor(() => expect(page().queryByText("Give tickets back")).not.toBeInTheDocument());
  });

  it.each([
    ["the event has no date", { status: "POSTPONED" as const }, null],
    [
      "it was moved after they bought",
      {},
      { changedAt: "2036-01-01T00:00:00Z", wholeUntil: "2036-01-15T00:00:00Z" },
    ],
  ])("is offered for all that was paid when %s", async (_, change, dateChange) => {
    has({}, startsIn(3));
    server.use(
      http.get(api("/events/:id"), () => ok(event({ startTime: startsIn(3), ...change }))),
      http.get(api("/events/:id/refund-policy"), () => ok({ tiers: [], dateChange })),
    );
    await openApp("/account/orders/order-1", SIGNED_IN);
    expect(await screen.findByText(/gives 100\s?% of the price back/)).toBeInTheDocument();
  });
});
