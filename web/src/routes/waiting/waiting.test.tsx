import { act, screen, waitFor } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { QueueAnswer, Serving } from "@/shared/api/contract";
import { keptPlace, passFor } from "@/shared/api/queue-pass";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const EVENT = "event-1";
const SIGNED_IN = { signedIn: true };

const place = (change: Partial<QueueAnswer> = {}): QueueAnswer => ({
  token: "token-of-a-place",
  position: 2_419,
  ahead: 2_418,
  estimatedWaitSeconds: 750,
  phase: "WAITING",
  lane: 0,
  ticket: "7f3a".repeat(8),
  pollAfterSeconds: 20,
  placesLeft: 9_160,
  serverTime: new Date().toISOString(),
  ...change,
});
const serving = (change: Partial<Serving> = {}): Serving => ({
  phase: "WAITING",
  serving: 0,
  people: 6_000,
  perMinute: 200,
  paused: false,
  closed: false,
  placesLeft: 9_160,
  lanes: [{ lane: 0, name: "", serving: 0, people: 6_000 }],
  at: new Date().toISOString(),
  ...change,
});
const turn = () =>
  place({
    phase: "TURN",
    ahead: 0,
    pass: "pass-1",
    passExpiresAt: new Date(Date.now() + 581_000).toISOString(),
  });

function line(found: QueueAnswer, at: Partial<Serving> = {}): { joins: number } {
  const seen = { joins: 0 };
  server.use(
    http.get(api("/events/:id/queue/serving"), () => ok(serving(at))),
    http.get(api("/events/:id/queue/draw"), () =>
      ok({ name: "arenapulse draw 1", seal: "9b".repeat(32), sealedAt: "2026-03-14T17:40:00Z", lanes: [] }),
    ),
    http.get(api("/events/:id/queue/:token"), () => ok(found)),
    http.post(api("/events/:id/queue"), () => {
      seen.joins += 1;
      return ok(found, {}, 201);
    }),
  );
  return seen;
}

beforeEach(() => localStorage.clear());

describe("in line", () => {
  it("joins once, shows the place, and keeps it on this device", async () => {
    const seen = line(place());
    await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    expect(await screen.findByRole("img", { name: "2,418 people ahead of you" })).toBeInTheDocument();
    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("You are in line. Keep your place.");
    expect(screen.getByText("10–15")).toBeInTheDocument();
    expect(seen.joins).toBe(1);
    expect(keptPlace(EVENT)?.token).toBe("token-of-a-place");
  });

  it("is found again by its token after a reload, without joining", async () => {
    localStorage.setItem("arenapulse.queue", JSON.stringify({ [EVENT]: { token: "token-of-a-place" } }));
    const seen = line(place());
    await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    await screen.findByRole("img", { name: "2,418 people ahead of you" });
    expect(seen.joins).toBe(0);
  });

  it("says that it may be sold out before", async () => {
    line(place(), { placesLeft: 300 });
    await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    expect(
      await screen.findByText("More people are ahead of you than there are places."),
    ).toBeInTheDocument();
  });

  it("calls when it is one's turn, and the pass goes into the order", async () => {
    line(place());
    const { socket } = await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    await screen.findByRole("img", { name: "2,418 people ahead of you" });
    act(() => socket.receive("queue:update", { eventId: EVENT, ...turn() }));
    expect(await screen.findByRole("heading", { name: "It’s your turn." })).toBeInTheDocument();
    expect(screen.getByRole("timer")).toHaveTextContent(/^9:4\d$/);
    expect(screen.getByRole("link", { name: "Choose places" })).toHaveAttribute("href", `/events/${EVENT}`);
    await waitFor(() => expect(document.title).toContain("It’s your turn"));
    expect(passFor(EVENT, Date.now())).toBe("pass-1");
    expect(passFor(EVENT, Date.now() + 600_000)).toBeUndefined();
  });

  it("hears nothing of another event's line", async () => {
    line(place());
    const { socket } = await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    await screen.findByRole("img", { name: "2,418 people ahead of you" });
    act(() => socket.receive("queue:update", { eventId: "event-2", ...turn() }));
    expect(screen.queryByRole("heading", { name: "It’s your turn." })).not.toBeInTheDocument();
  });

  it("tells what the lobby is, and that early is no better", async () => {
    line(place({ phase: "LOBBY" }), { phase: "LOBBY" });
    await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    expect(await screen.findByText(/has no better chance/)).toBeInTheDocument();
    expect(screen.getByText("6,000")).toBeInTheDocument();
  });

  it("offers the end of the line to who missed the turn", async () => {
    const seen = line(place({ phase: "MISSED", ahead: 0 }));
    const { user } = await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "Join again" }));
    await waitFor(() => expect(seen.joins).toBe(2));
  });

  it("says where there is no line", async () => {
    server.use(http.post(api("/events/:id/queue"), () => refuse(409, "CONFLICT003")));
    await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    expect(await screen.findByRole("heading", { name: "There is no line to join" })).toBeInTheDocument();
  });

  it("asks who one is first, and comes back", async () => {
    line(place());
    const { path } = await openApp(`/events/${EVENT}/queue`);
    await waitFor(() => expect(path()).toBe(`/sign-in?next=${encodeURIComponent(`/events/${EVENT}/queue`)}`));
  });
});
