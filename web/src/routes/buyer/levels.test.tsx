import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http } from "msw";
import { describe, expect, it } from "vitest";
import type { PricingTier } from "@/shared/api/contract";
import { orders, SIGNED_IN } from "@/testing/event-page";
import { event } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, server } from "@/testing/server";

const FAMILY = "/events/event-1?view=list&party=adult.2~child.1";
const tier = (priceLevel: string, name: string, sectionId: string, amount: number): PricingTier => ({
  ...{ priceLevel, name, sectionIds: [sectionId], amount, fee: 0, currency: "EUR" },
});
const sells = (...pricingTiers: PricingTier[]) =>
  server.use(http.get(api("/events/:id"), () => ok(event({ pricingTiers }))));

async function open(path: string) {
  const app = await openApp(path, SIGNED_IN);
  const list = within(await screen.findByRole("region", { name: "Sections as a list" }));
  const choose = async (name: RegExp) => app.user.click(await list.findByRole("button", { name }));
  return { ...app, choose };
}

describe("a family where a child's level is not sold", () => {
  it("is asked before anybody stands at another price, and is sold nothing until it agrees", async () => {
    const asked = orders();
    const { user, choose, path } = await open(FAMILY);
    await choose(/^Terrace/);
    const note = await screen.findByRole("alert");
    expect(note).toHaveTextContent("Terrace has no price for: Child.");
    expect(note).toHaveTextContent("1 of you would come as Adult there, for €28.00.");
    expect(screen.queryByRole("button", { name: /^Hold/ })).toBeNull();
    // One yellow button: the answer, until it is given.
    expect(screen.getByRole("button", { name: "Take it as Adult" })).toHaveClass("btn-flood");
    const find = screen.getByRole("button", { name: "Find 3 places" });
    expect(find).toBeEnabled();
    expect(find).not.toHaveClass("btn-flood");
    await user.click(screen.getByRole("button", { name: "Take it as Adult" }));
    await user.click(await screen.findByRole("button", { name: "Hold 3 places · €84.00" }));
    await waitFor(() => expect(path()).toBe("/checkout/order-1"));
    expect(asked[0]?.body.tickets).toEqual([{ sectionId: "terrace", quantity: 3, priceLevel: "adult" }]);
  });

  it("looks elsewhere instead, and comes as it was", async () => {
    const { user, choose, path } = await open(FAMILY);
    await choose(/^Terrace/);
    await user.click(await screen.findByRole("button", { name: "Another section" }));
    await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
    expect(decodeURIComponent(path())).toBe(FAMILY);
  });

  it("is asked of the one seat that was pressed", async () => {
    sells(tier("adult", "Adult", "stand", 6350), tier("child", "Child", "terrace", 1000));
    const { user, choose } = await open("/events/event-1?view=list&party=adult.1~child.1");
    await choose(/^Section 110/);
    await user.click(await screen.findByRole("button", { name: /^Row F/ }));
    const seat = (number: number) =>
      screen.getByRole("button", { name: new RegExp(`^Row F · Seat ${number},`) });
    await user.click(seat(13));
    expect(screen.queryByRole("alert")).toBeNull();
    await user.click(seat(14));
    expect(await screen.findByRole("alert")).toHaveTextContent("Section 110 has no price for: Child.");
    await user.click(screen.getByRole("button", { name: "Not this seat" }));
    await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
    expect(seat(14)).toHaveAttribute("aria-pressed", "false");
    await user.click(seat(14));
    await user.click(await screen.findByRole("button", { name: "Take it as Adult" }));
    await screen.findByRole("button", { name: "Hold 2 places · €127.00" });
  });

  it("is told when the level is sold nowhere any more", async () => {
    sells(tier("adult", "Adult", "stand", 6350), tier("adult", "Adult", "terrace", 2800));
    const { user } = await open(FAMILY);
    expect(await screen.findByRole("alert")).toHaveTextContent("No longer sold: Child.");
    await user.click(screen.getByRole("button", { name: "Go on like this" }));
    await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
  });
});

describe("who never said who comes", () => {
  it("has the level of the place that is chosen, and is as many as before", async () => {
    sells(tier("adult", "Adult", "stand", 6350), tier("vip", "Box", "terrace", 9000));
    await openApp("/events/event-1?view=list", SIGNED_IN);
    const list = within(await screen.findByRole("region", { name: "Sections as a list" }));
    await userEvent.click(await list.findByRole("button", { name: /^Terrace/ }));
    await screen.findByRole("button", { name: "Hold 2 places · €180.00" });
    expect(screen.queryByRole("alert")).toBeNull();
  });
});
