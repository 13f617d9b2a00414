import { screen, waitFor } from "@testing-library/react";
import { http } from "msw";
import { describe, expect, it } from "vitest";
import type { Rehearsal } from "@/shared/api/contract";
import { event } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const rehearsal = (change: Partial<Rehearsal> = {}): Rehearsal => ({
  id: "r-1",
  eventId: "event-1",
  people: 500,
  seconds: 10,
  admitPerMinute: null,
  status: "WAITING",
  createdAt: "2026-11-29T10:00:00Z",
  startedAt: null,
  endedAt: null,
  why: null,
  report: null,
  ...change,
});

const REPORT: Rehearsal["report"] = {
  people: 500,
  joined: 500,
  joinsPeak: 250,
  joinP95Ms: 12.5,
  admitted: 500,
  admitPerMinute: 600,
  inletLeast: 300,
  orders: 120,
  ordersPeak: 60,
  orderP95Ms: 33.3,
  refusals: [{ code: "EVENT002", count: 9 }],
  ticketsSold: 240,
  ticketsHeld: 10,
  revenue: 1_080_000,
  currency: "EUR",
  placesLeft: 0,
  soldOutAfterSeconds: 7,
  stillWaiting: 3,
  sections: [{ sectionId: "s-1", name: "North", capacity: 250, sold: 240, held: 10, soldOutAfterSeconds: 7 }],
  moments: [{ second: 0, joined: 250, waiting: 250, admitted: 10, orders: 60, tickets: 120, p95Ms: 33.3 }],
};

describe("a rehearsal", () => {
  it("is asked for, waited for, and told", async () => {
    const asked: unknown[] = [];
    let known: Rehearsal[] = [];
    server.use(
      http.get(api("/events/:id"), () => ok(event({ status: "SCHEDULED" }))),
      http.get(api("/events/:id/waiting-room"), () => refuse(409, "CONFLICT003")),
      http.get(api("/events/:id/rehearsals"), () => ok(known)),
      http.post(api("/events/:id/rehearsals"), async ({ request }) => {
        asked.push(await request.json());
        known = [rehearsal()];
        return ok(known[0], {}, 202);
      }),
    );
    const { user } = await openApp("/organizer/events/event-1/queue", { signedIn: true });
    const people = await screen.findByLabelText("People");
    await user.clear(people);
    await user.type(people, "0");
    expect(screen.getByRole("button", { name: "Rehearse" })).toBeDisabled();
    await user.clear(people);
    await user.type(people, "500");
    await user.click(screen.getByRole("button", { name: "Rehearse" }));
    expect(await screen.findByText("The crowd is at it, for 10 seconds at most")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Rehearsing" })).toBeDisabled();
    expect(asked).toEqual([{ people: 500, seconds: 30 }]);
    known = [rehearsal({ status: "DONE", report: REPORT })];
    await waitFor(() => expect(screen.getByText("EVENT002 × 9")).toBeInTheDocument(), { timeout: 4_000 });
    expect(screen.getByRole("row", { name: /North 240 \/ 250 10 after 7 s/ })).toBeInTheDocument();
    expect(screen.getByText("33 ms")).toBeInTheDocument();
  });

  it("is not offered while the event sells", async () => {
    server.use(
      http.get(api("/events/:id"), () => ok(event({ status: "ON_SALE" }))),
      http.get(api("/events/:id/waiting-room"), () => refuse(409, "CONFLICT003")),
      http.get(api("/events/:id/rehearsals"), () => ok([])),
    );
    await openApp("/organizer/events/event-1/queue", { signedIn: true });
    expect(await screen.findByText(/It sells now/)).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Rehearse" })).not.toBeInTheDocument();
  });
});
