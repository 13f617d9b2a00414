import { screen, waitFor } from "@testing-library/react";
import { http } from "msw";
import { describe, expect, it, vi } from "vitest";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const dead = { details: [{ field: "token", message: "is none" }] };

describe("links in mails", () => {
  it("says the same whether the address is known or not", async () => {
    let sent: unknown;
    server.use(
      http.post(api("/auth/password/forgot"), async ({ request }) => {
        sent = await request.json();
        return ok(null, {}, 202);
      }),
    );
    const { user } = await openApp("/forgot");
    await user.type(await screen.findByLabelText("E-mail"), "lost@demo.test{Enter}");
    expect(await screen.findByRole("heading", { name: "Look into your mail" })).toHaveFocus();
    expect(sent).toEqual({ email: "lost@demo.test" });
  });

  it("sets a new password by the link", async () => {
    let sent: unknown;
    server.use(
      http.post(api("/auth/password/reset"), async ({ request }) => {
        sent = await request.json();
        return ok(null);
      }),
    );
    const { user } = await openApp("/reset?token=abc");
    await user.type(
      await screen.findByLabelText("New password", { selector: "input" }),
      "correct horse 9{Enter}",
    );
    await screen.findByRole("heading", { name: "Your password is new" });
    expect(sent).toEqual({ token: "abc", password: "correct horse 9" });
  });

  it.each([
    ["/reset?token=old", "/auth/password/reset", "New password"],
    ["/verify?token=old", "/auth/email/verify", null],
  ])("%s says that the link is dead, and where there is another", async (path, call, field) => {
    server.use(http.post(api(call), () => refuse(422, "VALIDATION001", dead)));
    const { user } = await openApp(path);
    if (field !== null)
      await user.type(await screen.findByLabelText(field, { selector: "input" }), "correct horse 9{Enter}");
    else await user.click(await screen.findByRole("button", { name: "Confirm" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("This link no longer works.");
    expect(
      screen.getByRole("link", { name: /^(Ask for a new link|Open your account)$/ }),
    ).toBeInTheDocument();
  });

  it("says whose an invitation is, asks a visitor to sign in, and comes back to it", async () => {
    server.use(
      http.get(api("/organizations/invitations/inv"), () =>
        ok({ organizationName: "Harbour", role: "STAFF", expiresAt: "2099-01-01T00:00:00Z" }),
      ),
    );
    await openApp("/invitation?token=inv");
    expect(await screen.findByText("Harbour invites you. Your role there: Staff.")).toBeInTheDocument();
    await waitFor(() =>
      expect(document.querySelector("main a.btn-flood")).toHaveAttribute(
        "href",
        "/sign-in?next=%2Finvitation%3Ftoken%3Dinv",
      ),
    );
  });

  it("says at once that an invitation is over", async () => {
    server.use(http.get(api("/organizations/invitations/old"), () => refuse(404, "NOTFOUND001")));
    await openApp("/invitation?token=old", { signedIn: true });
    expect(await screen.findByRole("alert")).toHaveTextContent("This link no longer works.");
    expect(screen.queryByRole("button", { name: "Accept" })).not.toBeInTheDocument();
  });
});

describe("security", () => {
  let confirmed = false;
  const common = () =>
    server.use(
      http.get(api("/auth/mfa"), () => ok({ methods: confirmed ? ["totp"] : [] })),
      http.get(api("/auth/passkeys"), () => ok([])),
      http.get(api("/auth/sessions"), () => ok([])),
    );

  it("sets up an app, asks who it is first, and shows the recovery codes once", async () => {
    common();
    let fresh = false;
    server.use(
      http.post(api("/auth/mfa/totp"), () =>
        fresh
          ? ok({ secret: "ABCDEFGHIJ", otpauthUri: "otpauth://totp/x", qrSvg: "<svg ></svg>" })
          : refuse(401, "AUTH005", { details: [{ field: "stepUp", message: "again" }] }),
      ),
      http.post(api("/auth/step-up"), () => {
        fresh = true;
        return ok({ token: "fresh", expiresAt: "2099-01-01T00:00:00Z" });
      }),
      http.post(api("/auth/mfa/totp/confirm"), () => {
        confirmed = true;
        return ok({ recoveryCodes: ["AAAAA-BBBBB"] });
      }),
    );
    const { user } = await openApp("/account/security", { signedIn: true });
    await user.click(await screen.findByRole("button", { name: "Set it up" }));
    await user.type(
      await screen.findByLabelText("Password", { selector: "#step-password" }),
      "correct horse{Enter}",
    );
    expect(await screen.findByText("ABCD EFGH IJ")).toBeInTheDocument();
    await user.type(await screen.findByLabelText("Code from the app"), "123456{Enter}");
    expect(await screen.findByText("AAAAA-BBBBB")).toBeInTheDocument();
    const print = vi.spyOn(window, "print").mockReturnValue();
    await user.click(screen.getByRole("button", { name: "Print" }));
    expect(print).toHaveBeenCalledOnce();
    await user.click(screen.getByRole("button", { name: "I have kept them" }));
    expect(screen.queryByText("AAAAA-BBBBB")).not.toBeInTheDocument();
    expect(await screen.findByRole("button", { name: "Turn it off" })).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Set it up" })).not.toBeInTheDocument();
  });

  it("asks before a passkey goes, and who it is after a rename that was refused", async () => {
    common();
    const key = { id: "k1", name: "Phone", createdAt: "2026-01-01T00:00:00Z", lastUsedAt: null };
    let asked = 0;
    server.use(
      http.get(api("/auth/passkeys"), () => ok([key])),
      http.patch(api("/auth/passkeys/k1"), () => refuse(422, "VALIDATION001")),
      http.delete(api("/auth/passkeys/k1"), () => {
        asked += 1;
        return refuse(401, "AUTH005", { details: [{ field: "stepUp", message: "again" }] });
      }),
    );
    const { user } = await openApp("/account/security", { signedIn: true });
    await user.click(await screen.findByRole("button", { name: "Rename Phone" }));
    await user.type(screen.getByDisplayValue("Phone"), " of mine");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByRole("alert")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Remove Phone" }));
    expect(asked).toBe(0);
    await user.click(screen.getByRole("button", { name: "Remove Phone" }));
    expect(await screen.findByLabelText("Password", { selector: "#step-password" })).toBeInTheDocument();
    expect(asked).toBe(1);
  });
});

it.each(["/account/security", "/account/privacy"])(
  "%s leads whoever has no password to one, with the address of the account",
  async (path) => {
    server.use(
      ...["/auth/sessions", "/auth/passkeys"].map((list) => http.get(api(list), () => ok([]))),
      http.get(api("/auth/mfa"), () => ok({ methods: [] })),
    );
    const { user, path: at } = await openApp(path, { signedIn: true });
    await user.click(await screen.findByRole("link", { name: "Choose one by a link in a mail" }));
    expect(at()).toBe("/forgot?email=fan%40demo.test");
    expect(await screen.findByLabelText("E-mail")).toHaveValue("fan@demo.test");
  },
);
