import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { EventChange, NewPromoCode, PromoCode, RefundPolicy, Repeat } from "@/shared/api/contract";
import { CHART, event, ME } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, server } from "@/testing/server";

const SIGNED_IN = { signedIn: true };
const EDIT = "/organizer/events/event-1/edit";
const CODE: PromoCode = {
  ...{ id: "code-1", code: "SPRING", kind: "PERCENT", value: 10, uses: 3, maxUses: 50, maxPerPerson: null },
  ...{ validFrom: null, validUntil: null, sectionIds: null, unlocks: [] },
};

beforeEach(() => {
  server.use(
    http.get(api("/users/me"), () =>
      ok({ ...ME, memberships: [{ organizationId: "org-1", name: "Harbour City FC", role: "MANAGER" }] }),
    ),
    http.get(api("/events/:id"), () => ok(event())),
    http.get(api("/venues/:id/charts/:chart"), () => ok(CHART)),
    http.get(api("/events/:id/promo-codes"), () => ok([CODE])),
    http.get(api("/events/:id/refund-policy"), () => ok({ tiers: [], dateChange: null })),
  );
});

it("more dates are made at once, under one key, and the way to them is shown", async () => {
  const asked: { body: Repeat; key: string | null }[] = [];
  server.use(
    http.post(api("/events/:id/repeats"), async ({ request }) => {
      asked.push({ body: (await request.json()) as Repeat, key: request.headers.get("Idempotency-Key") });
      return ok([event({ id: "event-2" }), event({ id: "event-3" })], {}, 201);
    }),
  );
  const { user } = await openApp(EDIT, SIGNED_IN);
  await user.selectOptions(await screen.findByLabelText("Every"), "month");
  const times = screen.getByLabelText("How many more");
  await user.clear(times);
  await user.type(times, "53");
  expect(screen.getByRole("button", { name: "Make 5 drafts" })).toBeEnabled();
  await user.clear(times);
  await user.type(times, "2");
  await user.click(screen.getByRole("button", { name: "Make 2 drafts" }));
  expect(await screen.findByText("2 drafts are there.")).toBeInTheDocument();
  expect(asked.map(({ body }) => body)).toEqual([{ every: "MONTH", times: 2 }]);
  expect(asked[0]?.key).toMatch(/.{10,}/);
  expect(screen.getByRole("link", { name: "See them" })).toHaveAttribute("href", "/organizer");
});

it("what buyers may have back is written in rules, and taken back before it is saved", async () => {
  const saved: RefundPolicy[] = [];
  server.use(
    http.put(api("/events/:id/refund-policy"), async ({ request }) => {
      const body = (await request.json()) as RefundPolicy;
      saved.push(body);
      return ok(body);
    }),
  );
  const { user } = await openApp(EDIT, SIGNED_IN);
  const part = within(await screen.findByRole("region", { name: "Refunds" }));
  await user.click(await part.findByRole("button", { name: "Rule" }));
  await user.click(part.getByRole("button", { name: "As it was" }));
  expect(part.queryByLabelText("Percent back")).toBeNull();
  await user.click(part.getByRole("button", { name: "Rule" }));
  const percent = part.getByLabelText("Percent back");
  await user.clear(percent);
  await user.type(percent, "50");
  await user.click(part.getByRole("button", { name: "Save the rules" }));
  expect(await part.findByText("These rules hold from now on.")).toBeInTheDocument();
  expect(saved).toEqual([{ tiers: [{ hoursBefore: 72, percent: 50 }] }]);
});

it("a code has its limits, and is removed only after a second word", async () => {
  const made: NewPromoCode[] = [];
  const dropped: unknown[] = [];
  server.use(
    http.post(api("/events/:id/promo-codes"), async ({ request }) => {
      made.push((await request.json()) as NewPromoCode);
      return ok(CODE, {}, 201);
    }),
    http.delete(api("/events/:id/promo-codes/:code"), ({ params }) => {
      dropped.push(params.code);
      return ok(null);
    }),
  );
  const { user } = await openApp(EDIT, SIGNED_IN);
  const part = within(await screen.findByRole("region", { name: "Promo codes" }));
  await user.type(part.getByLabelText("New code"), "MEMBERS");
  await user.type(part.getByLabelText("How much"), "20");
  await user.click(part.getByText("Limits of the new code"));
  await user.type(part.getByLabelText("Uses a person"), "1");
  await user.click(await part.findByRole("button", { name: "Terrace" }));
  await user.click(part.getByRole("button", { name: "Add" }));
  await waitFor(() => expect(made).toHaveLength(1));
  expect(made[0]).toEqual({
    code: "MEMBERS",
    kind: "PERCENT",
    value: 20,
    maxPerPerson: 1,
    sectionIds: ["terrace"],
  });
  await user.click(part.getByRole("button", { name: "Remove SPRING" }));
  expect(dropped).toEqual([]);
  await user.click(within(await screen.findByRole("alert")).getByRole("button", { name: "Remove it" }));
  await waitFor(() => expect(dropped).toEqual(["code-1"]));
});

it("the scarf wears the colours that were chosen, or again those of its name", async () => {
  const patched: EventChange[] = [];
  server.use(
    http.patch(api("/events/:id"), async ({ request }) => {
      const body = (await request.json()) as EventChange;
      patched.push(body);
      return ok({ ...event(), ...body, version: 1 + patched.length });
    }),
  );
  const { user } = await openApp(EDIT, SIGNED_IN);
  await user.click(await screen.findByText("Colours of the scarf"));
  const home = within(screen.getByRole("group", { name: "Home" }));
  await user.click(home.getByRole("button", { name: "Red" }));
  expect(home.getByRole("button", { name: "Red" })).toHaveAttribute("aria-pressed", "true");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(patched).toHaveLength(1));
  expect(patched[0]?.scarf?.[0]).toBe("red");
  expect(patched[0]?.scarf).toHaveLength(2);
  await user.click(screen.getByRole("button", { name: "By its name again" }));
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(patched[1]).toEqual({ scarf: null }));
});
