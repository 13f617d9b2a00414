import { act, screen, waitFor, within } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { delay, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { PricingTier } from "@/shared/api/contract";
import { ACK, openEvent, orders, SIGNED_IN } from "@/testing/event-page";
import { event, order } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";
import { setDesktop } from "@/testing/setup";

const PUBLIC = event().pricingTiers;
const MEMBER: PricingTier = {
  priceLevel: "member",
  name: "Member",
  sectionIds: ["terrace"],
  amount: 4800,
  fee: 0,
  currency: "EUR",
};
const LINE = { sectionId: "terrace", quantity: 2, priceLevel: "member" };
const UPDATE = { eventId: "event-1", sequence: 2, epoch: "e1" };

/** The server shows these to everybody, and those to who has the code. Remembers the codes that were asked with. */
function sell({ open = PUBLIC, unlocked = [...PUBLIC, MEMBER], after = Promise.resolve() } = {}) {
  const asked: string[] = [];
  server.use(
    http.get(api("/events/:id"), async ({ request }) => {
      const code = new URL(request.url).searchParams.get("promoCode");
      if (code === null) return ok(event({ pricingTiers: open }));
      asked.push(code);
      await after;
      return ok(event({ pricingTiers: code === "SPRING" ? unlocked : open }));
    }),
  );
  return asked;
}

async function enter(user: UserEvent, code: string) {
  await user.click(screen.getByRole("button", { name: "Add a promo code" }));
  expect(screen.getByRole("textbox", { name: "Promo code" })).toHaveFocus();
  await user.keyboard(`${code}{Enter}`);
}

const chip = () => screen.getByRole("button", { name: "Remove the promo code SPRING" });
const member = () => screen.findByRole("group", { name: "Member" });

/** Two members come instead of two others. */
async function asMembers(user: UserEvent) {
  const more = within(await member()).getByRole("button", { name: "One more" });
  await user.click(more);
  await user.click(more);
  const fewer = within(screen.getByRole("group", { name: "Adult" })).getByRole("button", {
    name: "One fewer",
  });
  await user.click(fewer);
  await user.click(fewer);
}

/** Two members' places in the stand are chosen. */
async function openAsMember() {
  const app = await openEvent();
  await app.user.click(app.terrace);
  await enter(app.user, "SPRING");
  await asMembers(app.user);
  return app;
}

beforeEach(() => {
  sell();
});

describe("a promo code", () => {
  it("unlocks price levels, and goes with the order", async () => {
    const asked = orders(() => ok(order(), {}, 201));
    const { user, terrace, path } = await openEvent();
    await user.click(terrace);
    expect(screen.queryByRole("group", { name: "Member" })).not.toBeInTheDocument();
    await enter(user, "  SPRING ");
    expect(chip()).toHaveFocus();
    await asMembers(user);
    await user.click(screen.getByRole("button", { name: "Hold 2 places · €96.00" }));
    await waitFor(() => expect(path()).toBe("/checkout/order-1"));
    expect(asked.map((each) => each.body)).toEqual([
      { eventId: "event-1", tickets: [LINE], paymentMethod: { type: "card" }, promoCode: "SPRING" },
    ]);
  });

  it("takes away with it what it unlocked, even what was chosen", async () => {
    const asked = orders();
    const { user } = await openAsMember();
    await user.click(chip());
    expect(screen.getByRole("button", { name: "Add a promo code" })).toHaveFocus();
    expect(screen.queryByRole("group", { name: "Member" })).not.toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Hold 2 places · €56.00" }));
    await waitFor(() => expect(asked).toHaveLength(1));
    expect(asked[0]?.body).toEqual({
      eventId: "event-1",
      tickets: [{ ...LINE, priceLevel: "adult" }],
      paymentMethod: { type: "card" },
    });
  });

  it("takes away with it the price that only it had", async () => {
    sell({ unlocked: [MEMBER, ...PUBLIC] });
    const { user } = await openEvent();
    await enter(user, "SPRING");
    await user.click(screen.getByRole("button", { name: "List" }));
    await user.click(await screen.findByRole("button", { name: "€48" }));
    const list = screen.getByRole("region", { name: "Sections as a list" });
    expect(within(list).getAllByRole("button")).toHaveLength(1);
    await user.click(chip());
    expect(within(list).getAllByRole("button")).toHaveLength(2);
  });

  it("outlives the way to another page and back", async () => {
    const { unmount } = await openAsMember();
    unmount();
    await openApp("/events/event-1", SIGNED_IN);
    await screen.findByRole("heading", { name: /Harbour City/ });
    expect(await member()).toBeInTheDocument();
    // Nobody pressed anything on this page.
    expect(chip()).not.toHaveFocus();
  });

  it("leaves the event on the screen while the server is asked", async () => {
    const { user, terrace } = await openEvent();
    server.use(http.get(api("/events/:id"), () => delay("infinite")));
    await enter(user, "SPRING");
    expect(chip()).toBeInTheDocument();
    expect(terrace).toBeInTheDocument();
  });

  it("can be thought better of", async () => {
    const { user } = await openEvent();
    await user.click(screen.getByRole("button", { name: "Add a promo code" }));
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    await enter(user, "   ");
    expect(screen.getByRole("button", { name: "Add a promo code" })).toHaveFocus();
  });

  it("is taken on a phone as well", async () => {
    setDesktop(false);
    const { user, terrace } = await openEvent();
    await user.click(terrace);
    await enter(user, "SPRING");
    await asMembers(user);
    expect(screen.getByRole("button", { name: "Hold 2 places · €96.00" })).toBeEnabled();
    expect(chip()).toBeInTheDocument();
  });
});

describe("a promo code that is refused", () => {
  it("is said in words and can be removed, and nothing else is lost", async () => {
    const asked = orders(
      () => refuse(422, "PROMO001"),
      () => ok(order(), {}, 201),
    );
    const { user, terrace, path } = await openEvent();
    await user.click(terrace);
    await enter(user, "WINTER");
    await user.click(screen.getByRole("button", { name: "Hold 2 places · €56.00" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("This promo code does not work here.");
    await user.click(screen.getByRole("button", { name: "Remove the code" }));
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Add a promo code" })).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Hold 2 places · €56.00" }));
    await waitFor(() => expect(path()).toBe("/checkout/order-1"));
    expect(asked.map(({ body }) => body.promoCode)).toEqual(["WINTER", undefined]);
    expect(asked[0]?.key).not.toBe(asked[1]?.key);
  });

  it("is not complained of once there is another", async () => {
    orders(() => refuse(422, "PROMO001"));
    const { user, terrace } = await openEvent();
    await user.click(terrace);
    await enter(user, "WINTER");
    await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
    await screen.findByRole("alert");
    await user.click(screen.getByRole("button", { name: "Remove the promo code WINTER" }));
    await enter(user, "SPRING");
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });
});

describe("what frames say to everybody", () => {
  const dearer = PUBLIC.map((tier) => ({ ...tier, amount: tier.amount + 1000 }));

  it("changes prices without taking away what a code unlocked", async () => {
    const { socket } = await openAsMember();
    let answer = (): void => undefined;
    const after = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const unlocked = [...dearer, { ...MEMBER, amount: 5000 }];
    const asked = sell({ open: dearer, unlocked, after });
    act(() =>
      socket.receive("event:update", { ...UPDATE, type: "PRICE", data: { price: { pricingTiers: dearer } } }),
    );
    await waitFor(() => expect(asked).toEqual(["SPRING"]));
    expect(screen.getByRole("button", { name: "Hold 2 places · €96.00" })).toBeEnabled();
    answer();
    expect(await screen.findByRole("button", { name: "Hold 2 places · €100.00" })).toBeEnabled();
    expect(screen.getByText("€38.00")).toBeInTheDocument();
  });

  it("stops the sale at once for who has a code as well", async () => {
    const { socket } = await openAsMember();
    act(() => socket.receive("event:update", { ...UPDATE, type: "STATUS", data: { status: "PAUSED" } }));
    expect(await screen.findByText("The sale is paused.")).toBeInTheDocument();
  });

  it("may have been missed: what a code unlocks is then asked for anew", async () => {
    const { socket } = await openAsMember();
    sell({ unlocked: [...PUBLIC, { ...MEMBER, amount: 5000 }] });
    act(() => socket.open());
    act(() => socket.answer("event:subscribe", ACK));
    expect(await screen.findByRole("button", { name: "Hold 2 places · €100.00" })).toBeEnabled();
  });
});
