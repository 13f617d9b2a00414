import { screen } from "@testing-library/react";
import { http } from "msw";
import { describe, expect, it } from "vitest";
import { order } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

// Times of the fixtures lie around the server's clock, not around ours.
const fresh = () => ({
  serverTime: new Date().toISOString(),
  expiresAt: new Date(Date.now() + 480_000).toISOString(),
});

async function openWithCodes() {
  const asked: unknown[] = [];
  let discount = 0;
  const held = () => order({ ...fresh(), discount, total: 13_600 - discount });
  server.use(
    http.get(api("/orders/:id"), () => ok(held())),
    http.put(api("/orders/:id/promo-code"), async ({ request }) => {
      const body = (await request.json()) as { code: string };
      asked.push(body);
      if (body.code !== "SPRING") return refuse(422, "PROMO001");
      discount = 1_270;
      return ok(held());
    }),
    http.delete(api("/orders/:id/promo-code"), () => {
      asked.push("none");
      discount = 0;
      return ok(held());
    }),
  );
  const app = await openApp("/checkout/order-1", { signedIn: true });
  await screen.findByRole("button", { name: "Pay €136.00" });
  return { ...app, asked };
}

describe("a promo code in checkout", () => {
  it("shows what it saves in the sums and on the button, and can be taken off", async () => {
    const { user, asked } = await openWithCodes();
    await user.click(screen.getByRole("button", { name: "Add a promo code" }));
    await user.keyboard("SPRING{Enter}");
    expect(await screen.findByText("You save €12.70.")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Pay €123.30" })).toBeInTheDocument();
    expect(screen.getAllByText("-€12.70")).not.toHaveLength(0);
    await user.click(screen.getByRole("button", { name: "Remove the promo code SPRING" }));
    expect(await screen.findByRole("button", { name: "Pay €136.00" })).toBeInTheDocument();
    expect(asked).toEqual([{ code: "SPRING" }, "none"]);
  });

  it("says that a code does not work, and the total stays", async () => {
    const { user } = await openWithCodes();
    await user.click(screen.getByRole("button", { name: "Add a promo code" }));
    await user.keyboard("WINTER{Enter}");
    expect(await screen.findByText("This promo code does not work here.")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Pay €136.00" })).toBeInTheDocument();
  });
});
