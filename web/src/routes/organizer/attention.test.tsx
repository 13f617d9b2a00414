import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { ArenaEvent, EventChange, Worry } from "@/shared/api/contract";
import { CHART, event, ME, VENUE } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const SIGNED_IN = { signedIn: true };
const MANAGER = {
  ...ME,
  memberships: [{ organizationId: "org-1", name: "Harbour City FC", role: "MANAGER" }],
};
const FIGURES = "/analytics/events/:id";

const worry = (kind: Worry["kind"], more: Partial<Worry> = {}): Worry => ({
  kind,
  level: "warn",
  count: 3,
  of: null,
  sectionId: null,
  name: null,
  ...more,
});

interface Kept {
  event: ArenaEvent;
  changes: EventChange[];
  moves: unknown[];
  /** How often a change is refused as stale. */
  stale: number;
}

function keeping(worries: Worry[], sections: unknown[] = []): Kept {
  const kept: Kept = { event: event({ version: 4 }), changes: [], moves: [], stale: 0 };
  server.use(
    http.get(api(`${FIGURES}/attention`), () => ok({ worries, at: "2026-11-29T12:00:00Z" })),
    http.get(api(`${FIGURES}/sections`), () => ok(sections)),
    http.get(api("/events/:id"), () => ok(kept.event)),
    http.patch(api("/events/:id"), async ({ request }) => {
      if (kept.stale-- > 0) return refuse(412, "CONFLICT001");
      const body = (await request.json()) as EventChange;
      kept.changes.push(body);
      kept.event = { ...kept.event, ...body, version: kept.event.version + 1 } as ArenaEvent;
      return ok(kept.event);
    }),
    http.post(api("/events/:id/status"), async ({ request }) => {
      const { status } = (await request.json()) as { status: ArenaEvent["status"] };
      kept.moves.push(status);
      kept.event = { ...kept.event, status };
      return ok(kept.event);
    }),
  );
  return kept;
}

beforeEach(() => {
  server.use(
    http.get(api("/users/me"), () => ok(MANAGER)),
    http.get(api(`${FIGURES}/summary`), () => refuse(503, "SYS002")),
    http.get(api(`${FIGURES}/timeseries`), () => ok({ metric: "sales", bucket: "minute", points: [] })),
    http.get(api(`${FIGURES}/funnel`), () => ok({ steps: [] })),
    http.get(api("/venues/:id/charts/:chart"), () => ok(CHART)),
  );
});

const panel = () => screen.findByRole("region", { name: "Needs attention" });

describe("what needs attention", () => {
  it("pauses a sale whose cards are declined, and takes it back", async () => {
    const kept = keeping([worry("PAYMENTS_FAILING", { level: "no", count: 12, of: 30 })]);
    const { user } = await openApp("/organizer/events/event-1", SIGNED_IN);
    expect(await screen.findByText("12 of 30 cards declined")).toBeInTheDocument();
    await user.click(within(await panel()).getByRole("button", { name: "Pause sale" }));
    await user.click(await screen.findByRole("button", { name: "Take it back" }));
    await waitFor(() => expect(kept.moves).toEqual(["PAUSED", "ON_SALE"]));
  });

  it("raises a section to what the house has, upon what another changed meanwhile, and takes it back", async () => {
    const figures = { sectionId: "terrace", name: "Terrace", capacity: 1000, sold: 900, held: 0 };
    const kept = keeping(
      [worry("SECTION_HAS_BLOCKED", { sectionId: "terrace", name: "Terrace", count: 100, of: 1000 })],
      [{ ...figures, available: 0, checkedIn: 0, revenue: 0 }],
    );
    const plan = { blocked: 100 };
    kept.event.capacityConfig = { ...kept.event.capacityConfig, sections: { terrace: plan } };
    kept.stale = 1;
    const { user } = await openApp("/organizer/events/event-1", SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "Release" }));
    expect(await screen.findByText("All of Terrace is for sale.")).toBeInTheDocument();
    expect(kept.changes.map((change) => change.capacityConfig?.sections)).toEqual([{}]);
    await user.click(screen.getByRole("button", { name: "Take it back" }));
    await waitFor(() => expect(kept.event.capacityConfig.sections).toEqual({ terrace: plan }));
  });

  it("holds back what is left where the house has no more", async () => {
    const figures = { sectionId: "terrace", name: "Terrace", capacity: 1000, sold: 980, held: 5 };
    const kept = keeping(
      [worry("SECTION_NEARLY_SOLD", { sectionId: "terrace", name: "Terrace", count: 15, of: 1000 })],
      [{ ...figures, capacity: VENUE.sections[0]?.capacity, available: 15, checkedIn: 0, revenue: 0 }],
    );
    const capacity = VENUE.sections[0]?.capacity ?? 0;
    server.use(
      http.get(api(`${FIGURES}/sections`), () =>
        ok([{ ...figures, capacity, sold: capacity - 20, held: 5, available: 15, checkedIn: 0, revenue: 0 }]),
      ),
    );
    const { user } = await openApp("/organizer/events/event-1", SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "Hold back the rest" }));
    await waitFor(() => expect(kept.event.capacityConfig.sections).toEqual({ terrace: { blocked: 15 } }));
  });

  it("leads to where it is done, and says when nothing needs a hand", async () => {
    keeping([worry("GATE_SLOW", { name: "C", of: 26 }), worry("LINE_LONG", { of: 10 })]);
    await openApp("/organizer/events/event-1", SIGNED_IN);
    expect(await screen.findByRole("link", { name: "Message fans" })).toHaveAttribute(
      "href",
      "/organizer/events/event-1/messages?segment=NOT_SCANNED",
    );
    expect(screen.getByRole("link", { name: "Steer the line" })).toHaveAttribute(
      "href",
      "/organizer/events/event-1/queue",
    );
  });

  it("leads to the orders of this event", async () => {
    keeping([worry("REFUNDS_FAILED"), worry("PAYMENTS_SLOW")]);
    const asked: string[] = [];
    server.use(
      http.get(api("/organizations/:id/orders"), ({ request }) => {
        asked.push(new URL(request.url).search);
        return ok([]);
      }),
    );
    const { user } = await openApp("/organizer/events/event-1", SIGNED_IN);
    const links = await screen.findAllByRole("link", { name: "See orders" });
    expect(links[0]).toHaveAttribute("href", "/organizer/orders?event=event-1&status=REFUND_FAILED");
    await user.click(links[1] as HTMLElement);
    await waitFor(() => expect(asked.at(-1)).toMatch(/^\?eventId=event-1&status=PENDING/));
    expect(screen.getByLabelText("Event")).toHaveValue("event-1");
    await user.selectOptions(screen.getByLabelText("State"), "A refund failed");
    await waitFor(() => expect(asked.at(-1)).toMatch(/^\?eventId=event-1&refund=FAILED/));
  });
});
