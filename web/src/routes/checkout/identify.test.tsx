import { act, screen, waitFor } from "@testing-library/react";
import { http } from "msw";
import { afterEach, expect, it, vi } from "vitest";
import { currentToken, startGuest } from "@/shared/api/session";
import { ME, order } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A visitor in the checkout, who gives an e-mail that has an account. */
async function openAsKnown() {
  const now = Date.now();
  const times = { serverTime: new Date(now).toISOString(), expiresAt: new Date(now + 180_000).toISOString() };
  server.use(
    http.get(api("/orders/:id"), () => ok(order(times))),
    http.post(api("/auth/guest/claim"), () => refuse(409, "AUTH006")),
  );
  const app = await openApp("/");
  act(() => startGuest({ token: "guest", expiresAt: "2099-01-01T00:00:00Z" }));
  await act(() => app.router.navigate("/checkout/order-1"));
  await app.user.type(await screen.findByLabelText("E-mail"), "back@fan.test");
  await app.user.type(screen.getByLabelText("Full name"), "Bea Back");
  await app.user.click(screen.getByRole("button", { name: "Continue to payment" }));
  await screen.findByLabelText("Password");
  return app;
}

it("a returning buyer without a password has one mailed, and goes on by it", async () => {
  const asked: unknown[] = [];
  server.use(
    http.post(api("/auth/password/forgot"), async ({ request }) => {
      asked.push(await request.json());
      return ok(null, {}, 202);
    }),
    http.post(api("/auth/login"), () => ok({ token: "person", expiresAt: "2099-01-01T00:00:00Z", user: ME })),
  );
  const { user } = await openAsKnown();
  await user.click(screen.getByRole("button", { name: "Mail me a link to choose a password" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("A link is on its way to back@fan.test.");
  expect(asked).toEqual([{ email: "back@fan.test" }]);
  expect(screen.getByRole("timer")).toBeVisible();
  await user.type(screen.getByLabelText("Password"), "chosen just now");
  await user.click(screen.getByRole("button", { name: "Sign in and continue" }));
  await waitFor(() => expect(currentToken()).toBe("person"));
});

it("a returning buyer with a passkey goes on by that, and what they hold comes along", async () => {
  class Shown {
    id = "key-1";
    rawId = new ArrayBuffer(1);
    response = {
      clientDataJSON: new ArrayBuffer(1),
      authenticatorData: new ArrayBuffer(1),
      signature: new ArrayBuffer(1),
      userHandle: null,
    };
  }
  vi.stubGlobal("PublicKeyCredential", Shown);
  Object.defineProperty(navigator, "credentials", {
    value: { get: () => Promise.resolve(new Shown()) },
    configurable: true,
  });
  const said: { guestToken?: string }[] = [];
  server.use(
    http.post(api("/auth/passkeys/login/options"), () =>
      ok({ challengeToken: "c", publicKey: { challenge: "AAAA", allowCredentials: [] } }),
    ),
    http.post(api("/auth/passkeys/login"), async ({ request }) => {
      said.push((await request.json()) as { guestToken?: string });
      return ok({ token: "person", expiresAt: "2099-01-01T00:00:00Z", user: ME });
    }),
  );
  const { user } = await openAsKnown();
  await user.click(screen.getByRole("button", { name: "Use a passkey" }));
  await waitFor(() => expect(currentToken()).toBe("person"));
  expect(said.map(({ guestToken }) => guestToken)).toEqual(["guest"]);
  expect(await screen.findByRole("button", { name: "Pay €136.00" })).toBeVisible();
  Reflect.deleteProperty(navigator, "credentials");
});
