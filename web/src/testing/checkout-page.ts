import { act, screen, waitFor } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { http } from "msw";
import { expect, vi } from "vitest";
import type { OrderResponse } from "@/shared/api/contract";
import { order } from "./fixtures";
import { openApp } from "./render";
import { api, ok, server } from "./server";

// The client's clock is three hours wrong throughout: only the server's counts.
export const SERVER_NOW = Date.parse("2026-11-24T10:00:00Z");
const CLIENT_NOW = SERVER_NOW + 3 * 3_600_000;

export const wrongClock = () => vi.useFakeTimers({ shouldAdvanceTime: true, now: CLIENT_NOW });

/** What GET /orders/order-1 answers from now on, stamped with the server's time. */
export function serve(change: Partial<OrderResponse>) {
  const serverTime = () => new Date(SERVER_NOW + (Date.now() - CLIENT_NOW)).toISOString();
  server.use(http.get(api("/orders/:id"), () => ok(order({ serverTime: serverTime(), ...change }))));
}

export async function openCheckout(change: Partial<OrderResponse> = {}) {
  serve(change);
  const app = await openApp("/checkout/order-1", { signedIn: true });
  await waitFor(() => expect(screen.queryByText("Loading your order")).not.toBeInTheDocument());
  return app;
}

export const tick = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
export const pay = () => screen.getByRole("button", { name: "Pay €136.00" });

/** A card that pays, by the list of test numbers. */
export async function chooseCard(user: UserEvent, name = /Card that pays/) {
  await user.click(await screen.findByRole("radio", { name }));
}

export function payments(answer: () => Response = () => ok(order({ paymentStatus: "PROCESSING" }), {}, 202)) {
  const asked: { key: string | null; body: unknown }[] = [];
  server.use(
    http.post(api("/orders/:id/payment"), async ({ request }) => {
      asked.push({ key: request.headers.get("Idempotency-Key"), body: await request.json() });
      return answer();
    }),
  );
  return asked;
}
