import { screen, waitFor } from "@testing-library/react";
import { http } from "msw";
import { describe, expect, it } from "vitest";
import { event, order } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, server } from "@/testing/server";

const { organizationId } = event();

async function openCheckout() {
  const told: unknown[] = [];
  let agreed = false;
  server.use(
    http.get(api("/orders/:id"), () =>
      ok(
        order({
          serverTime: new Date().toISOString(),
          expiresAt: new Date(Date.now() + 480_000).toISOString(),
        }),
      ),
    ),
    http.get(api("/users/me/news"), () =>
      ok([
        { organizationId: "another", organizationName: "Another Club", agreed: true },
        { organizationId, organizationName: "Harbour Athletic", agreed },
      ]),
    ),
    http.put(api("/users/me/news/:id"), async ({ params, request }) => {
      agreed = ((await request.json()) as { agreed: boolean }).agreed;
      told.push([params.id, agreed]);
      return ok({ organizationId, agreed });
    }),
  );
  const app = await openApp("/checkout/order-1", { signedIn: true });
  await screen.findByRole("button", { name: "Pay €136.00" });
  return { ...app, told };
}

const box = () => screen.findByRole("checkbox", { name: "Send me news and offers of Harbour Athletic" });

describe("the organizer's news in checkout", () => {
  it("is a box that nobody ticked, and one that one can take back", async () => {
    const { user, told } = await openCheckout();
    expect(await box()).not.toBeChecked();
    expect(screen.getAllByRole("checkbox", { name: /news and offers/ })).toHaveLength(1);
    expect(told).toEqual([]);
    await user.click(await box());
    expect(await box()).toBeChecked();
    // Whoever thinks better of it at once need not wait, and keeps the focus.
    await user.click(await box());
    expect(await box()).toHaveFocus();
    expect(await box()).not.toBeChecked();
    await waitFor(() => expect(told).toHaveLength(2));
    expect(told).toEqual([
      [organizationId, true],
      [organizationId, false],
    ]);
  });
});
