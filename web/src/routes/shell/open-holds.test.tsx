import { act, screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { describe, expect, it } from "vitest";
import { endSession } from "@/shared/api/session";
import { order, ticket } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, server } from "@/testing/server";

const SIGNED_IN = { signedIn: true };
const held = (change: Partial<ReturnType<typeof order>> = {}) => {
  const now = Date.now();
  return order({
    orderId: "held-1",
    serverTime: new Date(now).toISOString(),
    expiresAt: new Date(now + 300_000).toISOString(),
    tickets: [ticket(), ticket({ ticketId: "ticket-2" })],
    ...change,
  });
};
const orders = (...list: ReturnType<typeof order>[]) => server.use(http.get(api("/orders"), () => ok(list)));

describe("what is held and not paid", () => {
  it("stands on every page, with its time and the way to pay", async () => {
    orders(held(), order({ orderId: "paid", status: "CONFIRMED" }));
    await openApp("/tickets", SIGNED_IN);
    const strip = await screen.findByRole("complementary", { name: "Places you hold" });
    const link = within(strip).getByRole("link");
    expect(link).toHaveAttribute("href", "/checkout/held-1");
    await waitFor(() => expect(link).toHaveTextContent("2 places held: Harbour City v Northgate United"));
    expect(within(link).getByRole("timer")).toHaveTextContent(/^(4:5\d|5:00)$/);
  });

  it("is not told on its own checkout, where the clock is", async () => {
    orders(held());
    server.use(http.get(api("/orders/held-1"), () => ok(held())));
    await openApp("/checkout/held-1", SIGNED_IN);
    await screen.findByRole("timer");
    expect(screen.queryByRole("complementary", { name: "Places you hold" })).not.toBeInTheDocument();
  });

  it("goes when another device pays, and when its time is up", async () => {
    orders(held());
    const { socket } = await openApp("/tickets", SIGNED_IN);
    await screen.findByRole("complementary", { name: "Places you hold" });
    orders(held({ status: "CONFIRMED" }));
    act(() => socket.receive("order:update", held({ status: "CONFIRMED" })));
    await waitFor(() =>
      expect(screen.queryByRole("complementary", { name: "Places you hold" })).not.toBeInTheDocument(),
    );
  });

  it("is nobody's business who is not signed in, nor the next person's", async () => {
    orders(held());
    const { client } = await openApp("/tickets", SIGNED_IN);
    await screen.findByRole("complementary", { name: "Places you hold" });
    act(() => endSession());
    await waitFor(() =>
      expect(screen.queryByRole("complementary", { name: "Places you hold" })).not.toBeInTheDocument(),
    );
    expect(client.getQueryData(["orders", "open"])).toBeUndefined();
    expect(client.getQueryData(["tickets"])).toBeUndefined();
  });
});
