import { screen, waitFor } from "@testing-library/react";
import { http } from "msw";
import { describe, expect, it } from "vitest";
import type { QueueControl, QueuePoint } from "@/shared/api/contract";
import en from "@/shared/i18n/locales/en/queueControl.json";
import { event } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, server } from "@/testing/server";

const { control: words } = en;

/** A line that does what it is told; what it was told lies in the answer. */
function steered() {
  const told: object[] = [];
  let room: QueueControl = {
    phase: "WAITING",
    admitPerMinute: 600,
    perMinute: 480,
    waiting: 2_418,
    inside: 31,
    insideMax: null,
    placesLeft: 9_160,
    paused: false,
    draining: false,
    message: null,
    messageAt: null,
    seal: "9b".repeat(32),
    drawnAt: null,
    lanes: [{ lane: 0, name: "", share: 100, hasCode: false, ended: false, people: 6_000, serving: 3_582 }],
  };
  const points: QueuePoint[] = [0, 1, 2].map((second) => ({
    at: `2026-11-30T12:00:0${second}Z`,
    waiting: 2_420 - second,
    admitted: 1,
    rate: 480,
    p95Ms: 12,
    placesLeft: 9_160,
  }));
  server.use(
    http.get(api("/events/:id"), () => ok(event())),
    http.get(api("/events/:id/waiting-room"), () => ok(room)),
    http.get(api("/events/:id/waiting-room/history"), () => ok(points)),
    http.get(api("/events/:id/rehearsals"), () => ok([])),
    http.patch(api("/events/:id/waiting-room"), async ({ request }) => {
      const change = (await request.json()) as Partial<QueueControl>;
      told.push(change);
      room = { ...room, ...change };
      return ok(room);
    }),
  );
  return told;
}

describe("a line in its organizer's hands", () => {
  it("shows who waits, and is steered by rate, pause, bound and word", async () => {
    const told = steered();
    const { user } = await openApp("/organizer/events/event-1/queue", { signedIn: true });
    expect((await screen.findAllByText("2,418"))[0]).toBeInTheDocument();
    expect(screen.getAllByText("9,160")[0]).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: words.pause }));
    expect(await screen.findByText(words.isPaused)).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: words.goOn }));
    await waitFor(() => expect(screen.queryByText(words.isPaused)).not.toBeInTheDocument());
    const rate = screen.getByLabelText(words.rate);
    await user.clear(rate);
    await user.type(rate, "900{Enter}");
    await user.type(screen.getByLabelText(words.insideMax), "250{Enter}");
    await user.type(screen.getByLabelText(words.word), "Doors open late.{Enter}");
    await user.click(screen.getByRole("button", { name: words.drain }));
    expect(await screen.findByText(words.isDraining)).toBeInTheDocument();
    expect(told).toEqual([
      { paused: true },
      { paused: false },
      { admitPerMinute: 900 },
      { insideMax: 250 },
      { message: "Doors open late." },
      { draining: true },
    ]);
  });
});
