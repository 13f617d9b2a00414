import { screen, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { NewSeasonOffer } from "@/shared/api/contract";
import { CHART, event, ME } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const EDIT = "/organizer/events/event-1/edit";
const OFFER = { seriesId: "event-1", currency: "EUR", dates: [], prices: [], levels: [] };

beforeEach(() => {
  server.use(
    http.get(api("/users/me"), () =>
      ok({ ...ME, memberships: [{ organizationId: "org-1", name: "Harbour City FC", role: "MANAGER" }] }),
    ),
    http.get(api("/events/:id"), () => ok(event({ seriesId: "event-1" }))),
    http.get(api("/venues/:id/charts/:chart"), () => ok(CHART)),
    http.get(api("/events/:id/promo-codes"), () => ok([])),
    http.get(api("/events/:id/refund-policy"), () => ok({ tiers: [], dateChange: null })),
    http.get(api("/series/:id/season-ticket"), () => ok(OFFER)),
  );
});

it("a season ticket is put on sale by price level, refusals are told, and it is taken off again", async () => {
  const saved: NewSeasonOffer[] = [];
  let isRefused = true;
  server.use(
    http.put(api("/series/:id/season-ticket"), async ({ request }) => {
      const body = (await request.json()) as NewSeasonOffer;
      if (isRefused) {
        isRefused = false;
        const details = [{ field: "levels.0.amount", message: "must be at least 1" }];
        return refuse(422, "VALIDATION001", { details });
      }
      saved.push(body);
      return ok({ ...OFFER, levels: body.levels });
    }),
  );
  const { user } = await openApp(EDIT, { signedIn: true });
  const part = within(await screen.findByRole("region", { name: "Season tickets" }));
  await user.click(await part.findByRole("checkbox", { name: "Adult" }));
  // It begins at what the cheapest section costs alone.
  const amount = part.getByLabelText("Adult, a date");
  expect(amount).toHaveValue("25.50");
  await user.clear(amount);
  await user.type(amount, "20");
  await user.click(part.getByRole("button", { name: "Save the season ticket" }));
  expect(await part.findByRole("alert")).toHaveTextContent("levels.0.amount: must be at least 1");
  await user.click(part.getByRole("button", { name: "Save the season ticket" }));
  expect(await part.findByText("Season tickets are sold at these prices.")).toBeInTheDocument();
  await user.click(part.getByRole("checkbox", { name: "Adult" }));
  await user.click(part.getByRole("button", { name: "Save the season ticket" }));
  expect(await part.findByText("Season tickets are not sold any more.")).toBeInTheDocument();
  expect(saved).toEqual([{ levels: [{ priceLevel: "adult", amount: 2000 }] }, { levels: [] }]);
});
