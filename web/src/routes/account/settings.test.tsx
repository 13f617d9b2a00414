import { screen, waitFor } from "@testing-library/react";
import { http } from "msw";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Preferences } from "@/features/auth/account-api";
import { ME } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, server } from "@/testing/server";

const PREFERENCES: Preferences = {
  ...{ locale: "en", currency: "EUR", timezone: "Europe/Dublin" },
  notifications: { email: true, sms: false, push: false },
};
const SIGNED_IN = { signedIn: true };

/** What is saved, with a browser that answers its own question so. */
async function openPreferences(permission: NotificationPermission) {
  vi.stubGlobal("Notification", { permission, requestPermission: async () => permission });
  const saved: Preferences[] = [];
  server.use(
    http.get(api("/users/me/preferences"), () => ok(PREFERENCES)),
    http.put(api("/users/me/preferences"), async ({ request }) => {
      saved.push((await request.json()) as Preferences);
      return ok(saved.at(-1));
    }),
  );
  const app = await openApp("/account/preferences", SIGNED_IN);
  await screen.findByRole("heading", { name: "Messages" });
  return { ...app, saved };
}
afterEach(() => vi.unstubAllGlobals());

describe("preferences", () => {
  it("keep a currency, and a word of this device where the browser allows it", async () => {
    const { user, saved } = await openPreferences("granted");
    await user.selectOptions(await screen.findByLabelText("Currency"), "GBP");
    await user.click(screen.getByLabelText(/^On this device/));
    await user.click(screen.getByRole("button", { name: "Save" }));
    await screen.findByText("Saved.");
    const notifications = { email: true, sms: false, push: true };
    expect(saved).toEqual([{ ...PREFERENCES, currency: "GBP", notifications }]);
    await user.click(screen.getByLabelText(/^On this device/));
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(saved).toHaveLength(2));
    expect(saved[1]?.notifications.push).toBe(false);
  });

  it("say that the browser refused, and note nothing that will not be", async () => {
    const { user, saved } = await openPreferences("denied");
    await user.click(await screen.findByLabelText(/^On this device/));
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("This browser does not allow it.");
    expect(saved[0]?.notifications.push).toBe(false);
  });
});

describe("an address that a link alone proved", () => {
  it("can be proved from here, and it is said what that is for", async () => {
    const asked: string[] = [];
    server.use(
      http.get(api("/users/me"), () => ok({ ...ME, emailProvedByLink: true })),
      http.get(api("/auth/sessions"), () => ok([], { page: 1, limit: 100, total: 0 })),
      http.get(api("/auth/passkeys"), () => ok([])),
      http.get(api("/auth/mfa"), () => ok({ methods: [] })),
      http.post(api("/auth/email/resend"), ({ request }) => {
        asked.push(request.headers.get("Authorization") ?? "");
        return ok(null, {}, 202);
      }),
    );
    const { user } = await openApp("/account/security", SIGNED_IN);
    await screen.findByText("Open one more link while you are signed in here.");
    await user.click(screen.getByRole("button", { name: "Send the link again" }));
    await screen.findByText("A link is on its way.");
    expect(asked).toEqual(["Bearer token-1"]);
  });
});
