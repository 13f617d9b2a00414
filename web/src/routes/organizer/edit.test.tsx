import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { ArenaEvent, EventChange, EventDraft } from "@/shared/api/contract";
import { CHART, event, ME, VENUE, VENUE_CARD } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const SIGNED_IN = { signedIn: true };
const EDIT = "/organizer/events/event-1/edit";
const MEMBERSHIPS = [{ organizationId: "org-1", name: "Harbour City FC", role: "MANAGER" }];

interface Patched {
  version: string | null;
  body: EventChange;
}

/** A server that has one event and refuses stale versions, as ours does. */
function keeping(first: ArenaEvent) {
  const kept = { event: first, patched: [] as Patched[] };
  server.use(
    http.get(api("/events/:id"), () => ok(kept.event)),
    http.patch(api("/events/:id"), async ({ request }) => {
      const body = (await request.json()) as EventChange;
      const version = request.headers.get("If-Match");
      kept.patched.push({ version, body });
      if (version !== `"${kept.event.version}"`) return refuse(412, "CONFLICT001");
      kept.event = { ...kept.event, ...body, version: kept.event.version + 1 } as ArenaEvent;
      return ok(kept.event);
    }),
  );
  return kept;
}

beforeEach(() => {
  server.use(
    http.get(api("/users/me"), () => ok({ ...ME, memberships: MEMBERSHIPS })),
    http.get(api("/venues/:id/charts/:chart"), () => ok(CHART)),
    http.get(api("/events/:id/promo-codes"), () => ok([])),
    http.get(api("/events/:id/refund-policy"), () => ok({ tiers: [], dateChange: null })),
  );
});

const named = async (text: string) => {
  const field = await screen.findByLabelText("Name");
  return { field, has: () => expect(field).toHaveValue(text) };
};

describe("the editor", () => {
  it("saves a draft by itself, what changed alone, under the version that was read", async () => {
    const kept = keeping(event({ status: "DRAFT", version: 4 }));
    const { user } = await openApp(EDIT, SIGNED_IN);
    const { field } = await named("Harbour City v Northgate United");
    await user.clear(field);
    await user.type(field, "Cup final");
    await waitFor(() => expect(kept.event.name).toBe("Cup final"), { timeout: 4000 });
    expect(kept.patched).toEqual([{ version: '"4"', body: { name: "Cup final" } }]);
    expect(await screen.findByText(/^Saved /)).toBeInTheDocument();
  });

  it("does not save by itself what fans see already", async () => {
    const kept = keeping(event());
    const { user } = await openApp(EDIT, SIGNED_IN);
    await user.type((await named("")).field, "!");
    expect(await screen.findByText("Changes are not saved")).toBeInTheDocument();
    expect(kept.patched).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Undo" }));
    await named("Harbour City v Northgate United").then(({ has }) => has());
  });

  it("joins what two managers changed at once", async () => {
    const kept = keeping(event());
    const { user } = await openApp(EDIT, SIGNED_IN);
    await user.type((await named("")).field, "!");
    kept.event = { ...kept.event, description: "From the other one", version: 2 };
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(kept.event.version).toBe(3));
    expect(kept.event).toMatchObject({
      name: "Harbour City v Northgate United!",
      description: "From the other one",
    });
    expect(kept.patched.map(({ version }) => version)).toEqual(['"1"', '"2"']);
  });

  it("asks where both changed the same, and loses nothing until it is answered", async () => {
    const kept = keeping(event());
    const { user } = await openApp(EDIT, SIGNED_IN);
    await user.type((await named("")).field, "!");
    kept.event = { ...kept.event, name: "Theirs", version: 2 };
    await user.click(screen.getByRole("button", { name: "Save" }));
    const note = await screen.findByRole("alert");
    expect(within(note).getByText("Theirs:").parentElement).toHaveTextContent("Theirs: Theirs");
    expect(kept.event.version).toBe(2);
    await user.click(within(note).getByRole("radio", { name: /Mine:/ }));
    await user.click(within(note).getByRole("button", { name: "Save this" }));
    await waitFor(() => expect(kept.event.name).toBe("Harbour City v Northgate United!"));
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("tells what the server does not take, and keeps it on the screen", async () => {
    keeping(event());
    server.use(
      http.patch(api("/events/:id"), () =>
        refuse(422, "VALIDATION001", {
          details: [{ field: "endTime", message: "must lie after startTime" }],
        }),
      ),
    );
    const { user } = await openApp(EDIT, SIGNED_IN);
    await user.type((await named("")).field, "!");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByRole("alert")).toHaveTextContent(/endTime: must lie after startTime/);
    await named("Harbour City v Northgate United!").then(({ has }) => has());
  });

  it("cancels only after a second word", async () => {
    keeping(event());
    const asked: unknown[] = [];
    server.use(
      http.post(api("/events/:id/status"), async ({ request }) => {
        asked.push(await request.json());
        return ok(event({ status: "CANCELLED" }));
      }),
    );
    const { user } = await openApp(EDIT, SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "Cancel the event" }));
    expect(asked).toEqual([]);
    const note = await screen.findByRole("alert");
    await user.click(within(note).getByRole("button", { name: "Cancel the event" }));
    await waitFor(() => expect(asked).toEqual([{ status: "CANCELLED" }]));
  });
});

describe("a new event", () => {
  it("is a draft in the venue's own time, priced everywhere, and opens in the editor", async () => {
    let made: EventDraft | undefined;
    server.use(
      http.get(api("/venues"), () => ok([VENUE_CARD])),
      http.post(api("/events"), async ({ request }) => {
        made = (await request.json()) as EventDraft;
        return ok(event({ status: "DRAFT" }), {}, 201);
      }),
    );
    const { user, path } = await openApp("/organizer/new", SIGNED_IN);
    await user.type(await screen.findByLabelText("Name"), "Harbour Cup");
    const begins = screen.getByLabelText("Begins");
    await user.type(begins, "2099-07-01T19:45");
    const price = screen.getByLabelText("Price of a ticket", { selector: "input" });
    await user.clear(price);
    await user.type(price, "30.50");
    await user.click(screen.getByRole("button", { name: "Make a draft" }));
    await waitFor(() => expect(path()).toBe(EDIT));
    expect(made).toEqual({
      organizationId: "org-1",
      venueId: VENUE.id,
      name: "Harbour Cup",
      startTime: "2099-07-01T18:45:00Z",
      endTime: "2099-07-01T20:45:00Z",
      pricingTiers: [
        {
          priceLevel: "STANDARD",
          name: "Standard",
          sectionIds: ["terrace", "stand"],
          amount: 3050,
          fee: 0,
          currency: "EUR",
        },
      ],
    });
  });
});
