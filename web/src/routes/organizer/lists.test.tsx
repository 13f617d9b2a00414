import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { card, event, ME, VENUE_CARD } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, server } from "@/testing/server";

const SIGNED_IN = { signedIn: true };

/** So many of them, answered in pages as ours does. */
const paged = (url: string, all: readonly unknown[]) => {
  const asked = new URL(url).searchParams;
  const limit = Number(asked.get("limit") ?? 20);
  const page = Number(asked.get("page") ?? 1);
  return ok(all.slice((page - 1) * limit, page * limit), { page, limit, total: all.length });
};

/** As if the page were scrolled so far past the list's beginning. */
const scrolled = (list: HTMLElement, px: number) => {
  vi.spyOn(list, "getBoundingClientRect").mockReturnValue({ top: -px } as DOMRect);
  fireEvent.scroll(window);
};

beforeEach(() => {
  server.use(
    http.get(api("/users/me"), () =>
      ok({ ...ME, memberships: [{ organizationId: "org-1", name: "Harbour City FC", role: "MANAGER" }] }),
    ),
  );
});

describe("an organization with more than a page", () => {
  it("reads its events on, looks for words, and shows what is over when it is asked", async () => {
    const asked: URLSearchParams[] = [];
    const all = Array.from({ length: 120 }, (_, n) => event({ id: `event-${n}`, name: `Match ${n}` }));
    server.use(
      http.get(api("/events"), ({ request }) => {
        const search = new URL(request.url).searchParams;
        asked.push(search);
        const q = search.get("q");
        return paged(
          request.url,
          q === null ? all : all.filter(({ name }) => name.toLowerCase().includes(q.toLowerCase())),
        );
      }),
    );
    const { user, path } = await openApp("/organizer", SIGNED_IN);
    const list = await screen.findByRole("list", { name: "Harbour City FC" });
    // A screenful is in the page, however many there are.
    expect(within(list).getAllByRole("link").length).toBeLessThan(30);
    expect(asked.at(-1)?.get("from")).toMatch(/^\d{4}-\d\d-\d\dT\d\d:00:00Z$/);
    scrolled(list, 1_000_000);
    await waitFor(() => expect(asked.at(-1)?.get("page")).toBe("3"));
    scrolled(list, 110 * 88);
    expect(await screen.findByRole("link", { name: /Match 119/ })).toBeInTheDocument();
    scrolled(list, 0);
    await user.type(screen.getByLabelText("Words of the name"), "match 101{Enter}");
    await waitFor(() => expect(screen.getAllByRole("link", { name: /Match/ })).toHaveLength(1));
    await user.click(screen.getByRole("button", { name: "All" }));
    await waitFor(() => expect(asked.at(-1)?.get("from")).toBeNull());
    expect(path()).toBe("/organizer?q=match+101&show=all");
  });

  it("reads what was told on, past the first page", async () => {
    const all = Array.from({ length: 61 }, (_, n) => ({
      ...{ campaignId: `campaign-${n}`, eventId: "event-1", template: "gate_changed", status: "SENT" },
      ...{ segment: { kind: "HOLDERS" }, channels: ["EMAIL"], cost: { amount: 100, currency: "EUR" } },
      ...{ count: { people: n, emails: n, texts: 0 }, perMinute: 600 },
      ...{ createdAt: "2026-11-01T10:00:00Z", endedAt: "2026-11-01T10:05:00Z" },
      progress: { queued: 0, sent: n, delivered: n, failed: 0 },
    }));
    server.use(http.get(api("/events/:id/messages"), ({ request }) => paged(request.url, all)));
    await openApp("/organizer/events/event-1/messages", SIGNED_IN);
    expect(await screen.findByText(/Reaches 60 people/)).toBeInTheDocument();
    expect(within(screen.getByRole("list", { name: "Messages" })).getAllByRole("listitem")).toHaveLength(61);
  });

  it("has every event among the filters of its orders, and every venue for a new one", async () => {
    const events = Array.from({ length: 130 }, (_, n) => card({ id: `event-${n}`, name: `Match ${n}` }));
    const venues = Array.from({ length: 101 }, (_, n) => ({
      ...VENUE_CARD,
      id: `venue-${n}`,
      name: `Hall ${n}`,
    }));
    server.use(
      http.get(api("/events"), ({ request }) => paged(request.url, events)),
      http.get(api("/venues"), ({ request }) => paged(request.url, venues)),
      http.get(api("/organizations/:id/orders"), () => ok([])),
    );
    const orders = await openApp("/organizer/orders?event=event-129", SIGNED_IN);
    await waitFor(() => expect(screen.getByRole("option", { name: "Match 129" })).toBeInTheDocument());
    expect(screen.getByLabelText("Event")).toHaveValue("event-129");
    orders.unmount();
    await openApp("/organizer/new", SIGNED_IN);
    expect(await screen.findByRole("option", { name: /Hall 100/ })).toBeInTheDocument();
  });

  it("can remove its 101st code", async () => {
    const codes = Array.from({ length: 101 }, (_, n) => ({
      ...{ id: `code-${n}`, code: `C${n}`, kind: "PERCENT", value: 10, uses: 0, maxUses: null },
      ...{ maxPerPerson: null, validFrom: null, validUntil: null, sectionIds: [], unlocks: [] },
    }));
    const gone: unknown[] = [];
    let read = 0;
    server.use(
      http.get(api("/events/:id/promo-codes"), ({ request }) => {
        read += 1;
        return paged(request.url, codes);
      }),
      http.delete(api("/events/:id/promo-codes/:code"), ({ params }) => {
        gone.push(params.code);
        return ok(null);
      }),
    );
    const { user } = await openApp("/organizer/events/event-1/edit", SIGNED_IN);
    const list = await screen.findByRole("list", { name: "Promo codes" });
    expect(within(list).getAllByRole("listitem").length).toBeLessThan(40);
    scrolled(list, 1_000_000);
    await waitFor(() => expect(read).toBe(3));
    scrolled(list, 95 * 56);
    await user.click(await screen.findByRole("button", { name: "Remove C100" }));
    await user.click(within(await screen.findByRole("alert")).getByRole("button", { name: "Remove it" }));
    await waitFor(() => expect(gone).toEqual(["code-100"]));
  });
});
