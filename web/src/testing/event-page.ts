import { screen, within } from "@testing-library/react";
import { http } from "msw";
import type { PlaceOrder } from "@/shared/api/contract";
import { availability, order } from "./fixtures";
import { openApp } from "./render";
import { api, ok, server } from "./server";

export const SIGNED_IN = { signedIn: true };
export const ACK = {
  ok: true,
  sequences: { capacity: 10, update: 1 },
  epoch: "e1",
  snapshot: availability(),
};

/** The page with its list open: what a map draws, no test of words can see. */
export async function openEvent(options = SIGNED_IN) {
  const app = await openApp("/events/event-1?view=list", options);
  const list = within(await screen.findByRole("region", { name: "Sections as a list" }));
  const terrace = await list.findByRole("button", { name: /^Terrace.*500 free/ });
  const stand = list.getByRole("button", { name: /^Section 110.*200 free/ });
  return { ...app, terrace, stand };
}

/** Answers POST /orders in turn and remembers what was asked. */
export function orders(...answers: (() => Response | Promise<Response>)[]) {
  const asked: { key: string | null; body: PlaceOrder }[] = [];
  server.use(
    http.post(api("/orders"), async ({ request }) => {
      asked.push({ key: request.headers.get("Idempotency-Key"), body: (await request.json()) as PlaceOrder });
      return (answers[asked.length - 1] ?? answers.at(-1))?.() ?? ok(order(), {}, 201);
    }),
  );
  return asked;
}
