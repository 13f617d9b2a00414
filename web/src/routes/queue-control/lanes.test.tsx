import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { describe, expect, it } from "vitest";
import type { QueueControl } from "@/shared/api/contract";
import { event } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, server } from "@/testing/server";

const lane = (number: number, name: string, change: Partial<QueueControl["lanes"][number]> = {}) => ({
  lane: number,
  name,
  share: 50,
  hasCode: number !== 0,
  ended: false,
  people: 10,
  serving: 4,
  ...change,
});

describe("lanes of a waiting room", () => {
  it("are ended in two steps, and opened again by another code, whose link is shown once", async () => {
    const asked: unknown[] = [];
    let lanes = [lane(0, ""), lane(1, "Members")];
    server.use(
      http.get(api("/events/:id"), () => ok(event())),
      http.get(api("/events/:id/rehearsals"), () => ok([])),
      http.get(api("/events/:id/waiting-room/history"), () => ok([])),
      http.get(api("/events/:id/waiting-room"), () =>
        ok({
          ...{ phase: "WAITING", admitPerMinute: 60, perMinute: 60, inside: 0, insideMax: null, waiting: 6 },
          ...{ paused: false, draining: false, message: null, messageAt: null, placesLeft: null, lanes },
          ...{ seal: "9b", drawnAt: null },
        }),
      ),
      http.delete(api("/events/:id/waiting-room/lanes/1"), () => {
        lanes = [lane(0, ""), lane(1, "Members", { hasCode: false, ended: true })];
        return ok(lanes[1]);
      }),
      http.patch(api("/events/:id/waiting-room/lanes/1"), async ({ request }) => {
        asked.push(await request.json());
        lanes = [lane(0, ""), lane(1, "Members")];
        return ok(lanes[1]);
      }),
    );
    const { user } = await openApp("/organizer/events/event-1/queue", { signedIn: true });
    expect(await screen.findByRole("button", { name: "Change the lane Everybody" })).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "End the lane Everybody" })).not.toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "End the lane Members" }));
    await user.click(
      screen.getByRole("button", { name: "End the lane Members for good: nobody new joins it" }),
    );
    expect(await screen.findByText("Ended")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Change the lane Members" }));
    const form = within(screen.getByRole("button", { name: "Keep" }).closest("form") as HTMLFormElement);
    expect(form.getByRole("button", { name: "Keep" })).toBeDisabled();
    await user.type(form.getByLabelText("Code"), "GOLD26");
    await user.click(form.getByRole("button", { name: "Keep" }));
    expect(await screen.findByText(/queue\?lane=GOLD26/)).toBeInTheDocument();
    expect(asked).toEqual([{ code: "GOLD26" }]);
    await waitFor(() => expect(screen.queryByText("Ended")).not.toBeInTheDocument());
  });
});
