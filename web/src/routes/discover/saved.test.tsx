import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { endSession, leaveSession } from "@/shared/api/session";
import { turnSaved, useSavedEvents } from "@/shared/saved-events";
import { card } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const FACETS = { type: [], status: [], city: [], amenity: [], month: [] };
let kept: { id: string; name: string; query: object; createdAt: string }[];

beforeEach(() => {
  kept = [];
  localStorage.clear();
  server.use(
    http.get(api("/search"), () => ok([], { page: 1, limit: 24, total: 0, facets: FACETS })),
    http.get(api("/search/suggest"), () => ok([])),
    http.get(api("/search/saved"), () => ok(kept)),
    http.post(api("/search/saved"), async ({ request }) => {
      const body = (await request.json()) as { name: string; query: object };
      const made = { id: "saved-1", createdAt: "2026-11-29T10:00:00Z", ...body };
      kept = [made];
      return ok(made, {}, 201);
    }),
    http.delete(api("/search/saved/:id"), () => {
      kept = [];
      return ok(null);
    }),
  );
});

const SIGNED_IN = { signedIn: true };

describe("one's own searches", () => {
  it("are kept as they are in the address, found again, and removed", async () => {
    const { user } = await openApp("/?q=derby&city=Havenbrook&sort=date", SIGNED_IN);
    expect(await screen.findByText("Only words, place, month and price are kept.")).toBeVisible();
    await user.click(await screen.findByRole("button", { name: "Save and tell me" }));
    expect(await screen.findByText(/we mail you when something new fits/)).toBeInTheDocument();
    expect(kept).toEqual([
      expect.objectContaining({ name: "derby · Havenbrook", query: { q: "derby", city: ["Havenbrook"] } }),
    ]);
    await user.click(screen.getByRole("button", { name: "Clear all" }));
    const link = await screen.findByRole("link", { name: "derby · Havenbrook" });
    expect(link).toHaveAttribute("href", "/?q=derby&city=Havenbrook");
    await user.click(screen.getByRole("button", { name: "Remove the saved search derby · Havenbrook" }));
    await waitFor(() => expect(link).not.toBeInTheDocument());
  });

  it("are not promised to who is nobody yet, and a refusal is said", async () => {
    const { user } = await openApp("/?q=derby");
    await screen.findByText(/Nothing found for/);
    expect(screen.queryByRole("button", { name: "Save and tell me" })).not.toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Clear all" }));
    expect(screen.queryByRole("region", { name: "Your searches" })).not.toBeInTheDocument();
  });

  it("cannot be more than there may be", async () => {
    server.use(http.post(api("/search/saved"), () => refuse(409, "CONFLICT003")));
    const { user } = await openApp("/?q=derby", SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "Save and tell me" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Remove one first.");
  });

  it("are remembered for a while as words alone, until somebody forgets them", async () => {
    const { user, path } = await openApp("/");
    await user.type(await screen.findByRole("combobox", { name: /Search events/ }), "strings{Enter}");
    await waitFor(() => expect(path()).toContain("q=strings"));
    await user.click(await screen.findByRole("button", { name: "Clear all" }));
    expect(await screen.findByRole("link", { name: "strings" })).toHaveAttribute("href", "/?q=strings");
    await user.click(screen.getByRole("button", { name: "Forget recent" }));
    expect(screen.queryByRole("link", { name: "strings" })).not.toBeInTheDocument();
  });
});

describe("an event that is saved", () => {
  it("is found again at the top, from its card or its page, until it is removed", async () => {
    server.use(
      http.get(api("/events"), () =>
        ok([card({ startTime: "2099-03-14T18:45:00Z", endTime: "2099-03-14T20:45:00Z" })], {
          page: 1,
          limit: 48,
          total: 1,
        }),
      ),
    );
    const name = "Harbour City v Northgate United";
    const { user } = await openApp("/");
    const save = await screen.findByRole("button", { name: `Save ${name}` });
    await user.click(save);
    expect(save).toHaveAttribute("aria-pressed", "true");
    const saved = within(screen.getByRole("region", { name: "Saved events" }));
    expect(saved.getByRole("link", { name: /^Harbour.*14 March/ })).toHaveAttribute(
      "href",
      "/events/event-1",
    );
    expect(localStorage.getItem("arenapulse.events")).toContain(name);
    await user.click(saved.getByRole("button", { name: `Remove ${name} from your saved events` }));
    expect(screen.queryByRole("region", { name: "Saved events" })).not.toBeInTheDocument();
    expect(save).toHaveAttribute("aria-pressed", "false");
  });

  it("stands among the next few, and all of them are one press away", async () => {
    const events = Array.from({ length: 9 }, (_, n) => ({
      id: `event-${n}`,
      name: `Match ${n}`,
      startTime: `2099-01-0${9 - n}T12:00:00Z`,
    }));
    useSavedEvents.setState({ events });
    const { user } = await openApp("/");
    const saved = within(await screen.findByRole("region", { name: "Saved events" }));
    const links = () => saved.getAllByRole("link").map((link) => link.getAttribute("href"));
    expect(links()).toEqual([8, 7, 6, 5].map((n) => `/events/event-${n}`));
    await user.click(saved.getByRole("button", { name: "All 9 saved events" }));
    expect(links()).toHaveLength(9);
    await user.click(saved.getByRole("button", { name: "Remove Match 8 from your saved events" }));
    expect(screen.getByRole("region", { name: "Saved events" })).toHaveFocus();
    await user.click(saved.getByRole("button", { name: "Fewer" }));
    expect(links()).toHaveLength(4);
  });

  it("that another tab saved is not lost with the next one here", () => {
    const theirs = { id: "event-2", name: "Final", startTime: "2099-02-01T12:00:00Z" };
    localStorage.setItem("arenapulse.events", JSON.stringify([theirs]));
    window.dispatchEvent(new StorageEvent("storage", { key: "arenapulse.events" }));
    turnSaved({ id: "event-1", name: "Derby", startTime: "2099-01-01T12:00:00Z" });
    expect(useSavedEvents.getState().events.map(({ id }) => id)).toEqual(["event-1", "event-2"]);
  });

  it("goes with who signs out, not with a session that ran out", async () => {
    turnSaved({ id: "event-1", name: "Derby", startTime: "2099-01-01T12:00:00Z" });
    endSession();
    expect(useSavedEvents.getState().events).toHaveLength(1);
    await leaveSession(async () => undefined);
    expect(useSavedEvents.getState().events).toEqual([]);
  });
});
