import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { basisPointsOf } from "@/features/organizer/editor/inputs";
import type { ArenaEvent, EventChange, NewCampaign, Venue, VenueChange } from "@/shared/api/contract";
import { event, ME, order, REFUND, ticket, VENUE, VENUE_CARD } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const SIGNED_IN = { signedIn: true };
const HOUR_MS = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();

beforeEach(() => {
  server.use(
    http.get(api("/users/me"), () =>
      ok({ ...ME, memberships: [{ organizationId: "org-1", name: "Harbour City FC", role: "MANAGER" }] }),
    ),
    http.get(api("/events/:id/promo-codes"), () => ok([], { total: 0 })),
    http.get(api("/analytics/events/:id/summary"), () => refuse(503, "SYS002")),
    http.get(api("/analytics/events/:id/attention"), () => ok({ worries: [], at: inHours(0) })),
    http.get(api("/analytics/events/:id/sections"), () => ok([])),
    http.get(api("/analytics/events/:id/funnel"), () => ok({ steps: [] })),
    http.get(api("/analytics/events/:id/timeseries"), () =>
      ok({ metric: "sales", bucket: "minute", points: [] }),
    ),
  );
});

function moving(first: ArenaEvent) {
  const moves: unknown[] = [];
  let now = first;
  server.use(
    http.get(api("/events/:id"), () => ok(now)),
    http.post(api("/events/:id/status"), async ({ request }) => {
      const { status } = (await request.json()) as { status: ArenaEvent["status"] };
      moves.push(status);
      now = { ...now, status, version: now.version + 1 };
      return ok(now);
    }),
  );
  return moves;
}

describe("the day itself", () => {
  it("is begun and ended by a hand, each after a second word", async () => {
    const moves = moving(event({ startTime: inHours(3), endTime: inHours(5) }));
    const { user } = await openApp("/organizer/events/event-1", SIGNED_IN);
    for (const [words, before] of [
      ["Begin the event", []],
      ["End the event", ["LIVE"]],
    ] as const) {
      await user.click(await screen.findByRole("button", { name: words }));
      const day = screen.getByRole("region", { name: "On the day" });
      const sure = await within(day).findByRole("alert");
      expect(sure).toHaveTextContent(/It cannot be taken back/);
      expect(moves).toEqual(before);
      await user.click(within(sure).getByRole("button", { name: words }));
      await waitFor(() => expect(moves).toHaveLength(before.length + 1));
    }
    expect(moves).toEqual(["LIVE", "COMPLETED"]);
    await waitFor(() => expect(screen.queryByRole("region", { name: "On the day" })).toBeNull());
  });

  it("is offered weeks before in the editor alone", async () => {
    moving(event({ startTime: inHours(400), endTime: inHours(402) }));
    const live = await openApp("/organizer/events/event-1", SIGNED_IN);
    expect(await screen.findByRole("region", { name: "Needs attention" })).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Begin the event" })).toBeNull();
    live.unmount();
    await openApp("/organizer/events/event-1/edit", SIGNED_IN);
    expect(await screen.findByRole("button", { name: "Begin the event" })).toBeInTheDocument();
  });
});

describe("a venue", () => {
  function keeping() {
    const kept = { venue: VENUE as Venue, changes: [] as unknown[], isGone: false };
    server.use(
      http.get(api("/venues"), () => ok(kept.isGone ? [] : [{ ...VENUE_CARD, name: kept.venue.name }])),
      http.get(api("/venues/:id"), () => ok(kept.venue)),
      http.patch(api("/venues/:id"), async ({ request }) => {
        const body = (await request.json()) as VenueChange;
        const version = request.headers.get("If-Match");
        kept.changes.push([version, body]);
        if (version !== `"${kept.venue.version}"`) return refuse(412, "CONFLICT001");
        kept.venue = { ...kept.venue, ...body, version: kept.venue.version + 1 };
        return ok(kept.venue);
      }),
      http.delete(api("/venues/:id"), ({ request }) => {
        kept.changes.push(request.headers.get("If-Match"));
        if (kept.venue.version === 1) return refuse(409, "VENUE002");
        kept.isGone = true;
        return ok(null);
      }),
    );
    return kept;
  }
  const opened = async () => {
    const app = await openApp("/organizer/venues", SIGNED_IN);
    await app.user.click(await screen.findByLabelText("Correct or delete Lantern Park"));
    const form = (await screen.findByRole("button", { name: "Save the venue" })).closest("form");
    return { ...app, form: within(form as HTMLElement) };
  };

  it("is corrected, and a change of somebody else is not written over", async () => {
    const kept = keeping();
    const { user, form } = await opened();
    await user.clear(form.getByLabelText("Time zone"));
    await user.type(form.getByLabelText("Time zone"), "Europe/Paris");
    kept.venue = { ...kept.venue, name: "Lantern Ground", version: 2 };
    await user.click(form.getByRole("button", { name: "Save the venue" }));
    expect(await form.findByText(/Lantern Ground, Harbour Road 1/)).toBeInTheDocument();
    expect(form.getByLabelText("Time zone")).toHaveValue("Europe/Paris");
    await user.click(form.getByRole("button", { name: "Take theirs" }));
    expect(form.getByLabelText("Name")).toHaveValue("Lantern Ground");
    await user.clear(form.getByLabelText("City"));
    await user.type(form.getByLabelText("City"), "Northgate");
    await user.click(form.getByRole("button", { name: "Save the venue" }));
    expect(await form.findByText("The venue is saved.")).toBeInTheDocument();
    expect(kept.changes.map((change) => (change as [string])[0])).toEqual(['"1"', '"2"']);
    expect(kept.venue.location).toEqual({ ...VENUE.location, city: "Northgate" });
  });

  it("stays while it has events", async () => {
    const kept = keeping();
    const { user, form } = await opened();
    const drop = async () => {
      await user.click(form.getByRole("button", { name: "Delete the venue" }));
      const sure = await form.findByRole("alert");
      await user.click(within(sure).getByRole("button", { name: "Delete the venue" }));
    };
    await drop();
    expect(await form.findByText("It has events, so it stays.")).toBeInTheDocument();
    expect(kept.changes).toEqual(['"1"']);
  });

  it("goes after a second word", async () => {
    const kept = keeping();
    kept.venue = { ...kept.venue, version: 2 };
    const { user, form } = await opened();
    await user.click(form.getByRole("button", { name: "Delete the venue" }));
    const sure = await form.findByRole("alert");
    expect(kept.changes).toEqual([]);
    await user.click(within(sure).getByRole("button", { name: "Delete the venue" }));
    await waitFor(() => expect(screen.queryByLabelText("Correct or delete Lantern Park")).toBeNull());
    expect(kept.changes).toEqual(['"2"']);
  });
});

describe("what is typed", () => {
  it("of a tax may be a part of a percent", async () => {
    expect(["8.1", "8,1", "100", "0", "5.25"].map(basisPointsOf)).toEqual([810, 810, 10_000, 0, 525]);
    expect(["", "101", "8.123", "-1", "x"].map(basisPointsOf)).toEqual([null, null, null, null, null]);
    let sent: EventChange | undefined;
    server.use(
      http.get(api("/events/:id"), () => ok(event({ taxRate: 2000 }))),
      http.patch(api("/events/:id"), async ({ request }) => {
        sent = (await request.json()) as EventChange;
        return ok(event({ taxRate: 810, version: 2 }));
      }),
    );
    const { user } = await openApp("/organizer/events/event-1/edit", SIGNED_IN);
    const tax = await screen.findByLabelText("Tax in %");
    await user.clear(tax);
    await user.type(tax, "8.1");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(sent).toEqual({ taxRate: 810 }));
  });

  it("of a message goes to one section, by text message too", async () => {
    let written: NewCampaign | undefined;
    server.use(
      http.get(api("/events/:id/messages"), () => ok([])),
      http.post(api("/events/:id/messages"), async ({ request }) => {
        written = (await request.json()) as NewCampaign;
        return refuse(503, "SYS002");
      }),
    );
    const { user } = await openApp("/organizer/events/event-1/messages", SIGNED_IN);
    await user.selectOptions(await screen.findByLabelText("To whom"), "One section");
    await user.type(screen.getByLabelText("New gate"), "C");
    const count = screen.getByRole("button", { name: "Count whom it reaches" });
    expect(count).toBeDisabled();
    await screen.findByRole("option", { name: "Terrace" });
    await user.selectOptions(screen.getByLabelText("Section"), "Terrace");
    await user.click(screen.getByLabelText("By text message"));
    await user.click(count);
    await waitFor(() =>
      expect(written).toEqual({
        ...{ segment: { kind: "SECTION", sectionId: "terrace" }, channels: ["EMAIL", "SMS"] },
        ...{ template: "gate_changed", gate: "C" },
      }),
    );
  });

  it("of an amount to give back goes alone, and the tickets stay", async () => {
    const sold = {
      ...order({ status: "CONFIRMED", paymentStatus: "SUCCEEDED", tickets: [ticket({ status: "VALID" })] }),
      buyer: { userId: "user-9", fullName: "Ada Byron" },
    };
    let given: unknown;
    server.use(
      http.get(api("/organizations/:id/orders"), () => ok([sold])),
      http.get(api("/orders/:id/activity"), () => ok([])),
      http.post(api("/orders/:id/refunds"), async ({ request }) => {
        given = await request.json();
        return ok(REFUND, {}, 202);
      }),
    );
    const { user } = await openApp("/organizer/orders?order=order-1", SIGNED_IN);
    await user.click(await screen.findByText("Give back an amount"));
    const amount = screen.getByLabelText("Amount", { selector: "input" });
    await user.clear(amount);
    await user.type(amount, "12.50");
    await user.type(screen.getByLabelText("Reason for the amount"), "The rain came in");
    await user.click(screen.getByRole("button", { name: "Give back €12.50" }));
    await waitFor(() => expect(given).toEqual({ amount: 1250, reason: "The rain came in" }));
  });
});
