import { waitFor } from "@testing-library/react";
import { http } from "msw";
import { expect, it } from "vitest";
import type { ArenaEvent, Chart, Question, Venue } from "@/shared/api/contract";
import { CHART, card, event, NOTHING_ASKED, order, ticket, unasked, VENUE, VENUE_CARD } from "./fixtures";
import { openApp } from "./render";
import { api, ok, server } from "./server";

// Pages are drawn with what tests/api/test_tenant_fields.py found the server to take of a tenant: every field at once.

const WORDS = [
  "<script>alert(1)</script> {{name}} $t(nav.home) %s{0}$x ../../etc \"'&([*+?\\ é مباراة 👨‍👩‍👧",
  "__proto__",
  "constructor",
  "0",
];
/** The largest amounts, the currency with most digits, the first and the last year that are taken. */
const EDGES = { amount: 1_000_000_000, currency: "CLF", startTime: "2000-01-01T00:00:00Z", taxRate: 10_000 };

const placeOf = (words: string): Venue => ({
  ...VENUE,
  ...{ name: words, amenities: [words] },
  location: { ...VENUE.location, address: words, city: words, lat: 90, lng: -180 },
  sections: VENUE.sections.map((section) => ({ ...section, name: words, gate: words })),
});
const chartOf = (words: string): Chart => ({
  ...CHART,
  ...{ name: words, levels: [words], gates: [{ name: words, at: [0, 0] }] },
  texts: [{ text: words, at: [0, 0] }],
  obstacles: [{ name: words, shape: CHART.field.shape as never }],
  sections: CHART.sections.map((section) => ({
    ...section,
    ...{ name: words, gate: words, level: words, view: words },
    ...(section.rows && {
      rows: section.rows.map((row, at) => ({ ...row, label: at === 0 ? words : `${words}2`, view: words })),
    }),
  })),
});
const tiersOf = (words: string): ArenaEvent["pricingTiers"] =>
  event().pricingTiers.map((tier) => ({
    ...tier,
    ...{ name: words, priceLevel: tier.priceLevel === "adult" ? words : `${words}2` },
    ...{ amount: EDGES.amount, fee: EDGES.amount, currency: EDGES.currency },
  }));
const eventOf = (words: string): ArenaEvent =>
  event({
    ...{ name: words, description: words, currency: EDGES.currency, taxRate: EDGES.taxRate },
    ...{ startTime: EDGES.startTime, endTime: "2200-12-31T23:59:59Z", pricingTiers: tiersOf(words) },
  });
const questionsOf = (words: string): Question[] =>
  (["CHOICE", "TEXT", "CHECKBOX"] as const).map((kind) => ({
    ...{ id: kind, text: words, kind, scope: "ORDER", required: true, retired: false },
    ...{
      options: kind === "CHOICE" ? [words, `${words}2`] : [],
      lengthMax: null,
      minimum: null,
      maximum: null,
    },
  }));

/** What a tenant filled is said as it was filled, in every answer. */
function fill(words: string): void {
  const { name, startTime, endTime, currency } = eventOf(words);
  const venue = { ...VENUE_CARD, name: words, city: words };
  const line = ticket({ priceLevel: words, row: words, status: "VALID" });
  const form = { ...NOTHING_ASKED, holderNames: true, questions: questionsOf(words) };
  server.use(
    http.get(api("/events"), () =>
      ok([card({ name, startTime, endTime, currency, venue })], { page: 1, limit: 48, total: 1 }),
    ),
    http.get(api("/events/:id"), () => ok(eventOf(words))),
    http.get(api("/events/:id/questions"), () => ok(form)),
    http.get(api("/venues/:id"), () => ok(placeOf(words))),
    http.get(api("/venues/:id/charts/:chartId"), () => ok(chartOf(words))),
    http.get(api("/tickets"), () => ok([line])),
    http.get(api("/tickets/:id"), () => ok(line)),
    http.get(api("/orders/:id"), () => ok(order({ currency: EDGES.currency, tickets: [line] }))),
    http.get(api("/orders/:id/answers"), () => ok({ ...unasked(), form, open: true, complete: false })),
  );
}

it.each([
  "/",
  "/venues/venue-1",
  "/events/event-1",
  "/events/event-1?view=list",
  "/tickets",
  "/tickets/ticket-1",
  "/checkout/order-1",
])("draws %s whatever a tenant filled in", async (path) => {
  for (const words of WORDS) {
    fill(words);
    const { container, unmount } = await openApp(path, { signedIn: path !== "/" });
    await waitFor(() => expect(container.textContent).toContain(words));
    expect(container).not.toHaveTextContent(/went wrong|cannot be shown/);
    expect(container.querySelector("script")).toBeNull();
    unmount();
  }
});
