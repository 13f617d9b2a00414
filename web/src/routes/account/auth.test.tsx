import { screen, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { describe, expect, it } from "vitest";
import { currentToken } from "@/shared/api/session";
import { ME } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

type User = Awaited<ReturnType<typeof openApp>>["user"];

async function fillSignIn(user: User) {
  await user.type(await screen.findByLabelText("E-mail"), "fan@demo.test");
  await user.type(screen.getByLabelText("Password"), "correct horse");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
}

describe("signing in", () => {
  it.each([
    ["AUTH001", 401, "E-mail and password do not match."],
    ["RATE001", 429, "Wait 12 seconds, then try again."],
    ["SYS001", 500, "That did not work."],
  ])("%s is said in words and what was typed stays", async (code, status, words) => {
    server.use(http.post(api("/auth/login"), () => refuse(status, code, {}, { "Retry-After": "12" })));
    const { user } = await openApp("/sign-in");
    await fillSignIn(user);
    expect(await screen.findByRole("alert")).toHaveTextContent(words);
    expect(screen.getByLabelText("E-mail")).toHaveValue("fan@demo.test");
  });

  it("says when no answer came", async () => {
    server.use(http.post(api("/auth/login"), () => HttpResponse.error()));
    const { user } = await openApp("/sign-in");
    await fillSignIn(user);
    expect(await screen.findByRole("alert")).toHaveTextContent("No answer from the server.");
  });

  it("checks the fields, says the fix beside them and goes to the first", async () => {
    const { user } = await openApp("/sign-in");
    await user.type(await screen.findByLabelText("E-mail"), "fan");
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    const email = screen.getByLabelText("E-mail");
    expect(email).toBeInvalid();
    expect(email).toHaveAccessibleDescription(/name@example.org/);
    expect(email).toHaveFocus();
    expect(screen.getByLabelText("Password")).toHaveAccessibleDescription("Enter your password.");
    await user.type(email, "@demo.test");
    expect(email).toBeValid();
  });

  it("asks for the second step and then goes where the person wanted to go", async () => {
    let proof: unknown;
    server.use(
      http.post(api("/auth/login"), () => ok({ mfaRequired: true, mfaToken: "mfa-1", methods: ["totp"] })),
      http.post(api("/auth/mfa/verify"), async ({ request }) => {
        proof = await request.json();
        return ok({ token: "t", expiresAt: "2099-01-01T00:00:00Z", user: ME });
      }),
    );
    const { user, path } = await openApp("/sign-in?next=%2Ftickets");
    await fillSignIn(user);
    await user.type(await screen.findByLabelText("Code"), "123456{Enter}");
    await waitFor(() => expect(path()).toBe("/tickets"));
    expect(proof).toEqual({ mfaToken: "mfa-1", code: "123456" });
  });

  it.each(["https://evil.test", "//evil.test", "/\\evil.test"])("never leaves the site: %s", async (next) => {
    const { path } = await openApp(`/sign-in?next=${encodeURIComponent(next)}`, { signedIn: true });
    await waitFor(() => expect(path()).toBe("/"));
  });
});

describe("registering", () => {
  const fill = async (user: User) => {
    await user.type(await screen.findByLabelText("Full name"), "Fay Archer");
    await user.type(screen.getByLabelText("E-mail"), "fan@demo.test");
    await user.type(screen.getByLabelText("Password"), "password1");
    await user.click(screen.getByRole("button", { name: "Create account" }));
  };

  it("signs in, and keeps the token out of storage", async () => {
    server.use(
      http.post(api("/auth/register"), () =>
        ok({ userId: "u", token: "secret-t", expiresAt: "2099-01-01T00:00:00Z" }, {}, 201),
      ),
    );
    const { user, path } = await openApp("/register");
    await fill(user);
    await waitFor(() => expect(path()).toBe("/"));
    expect(currentToken()).toBe("secret-t");
    expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain("secret-t");
  });

  it("says that the e-mail is taken", async () => {
    server.use(http.post(api("/auth/register"), () => refuse(409, "AUTH006")));
    const { user } = await openApp("/register");
    await fill(user);
    expect(await screen.findByRole("alert")).toHaveTextContent("This e-mail already has an account.");
  });

  it.each([
    ["BREACHED", "This password is known from data breaches. Choose another."],
    ["OWN_WORDS", "This is made of your name or e-mail. Choose another."],
    [undefined, "This password was not accepted. Choose another."],
  ])("says in the reader's words what the server refused of a field (%s)", async (reason, words) => {
    const details = [{ field: "password", message: "is what no reader is shown", reason }];
    server.use(http.post(api("/auth/register"), () => refuse(422, "VALIDATION001", { details })));
    const { user } = await openApp("/register");
    await fill(user);
    const password = screen.getByLabelText("Password");
    await waitFor(() => expect(password).toHaveAccessibleDescription(words));
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  it("asks for a longer password before the server does", async () => {
    const { user } = await openApp("/register");
    await user.type(await screen.findByLabelText("Password"), "short");
    await user.click(screen.getByRole("button", { name: "Create account" }));
    expect(screen.getByLabelText("Password")).toHaveAccessibleDescription("Use 8 characters or more.");
  });
});

describe("account", () => {
  it("knows the person after a reload by the cookie, and forgets everything at sign-out", async () => {
    const { user, client } = await openApp("/account", { signedIn: true });
    await screen.findByText("fan@demo.test");
    await user.click(screen.getByRole("button", { name: "Sign out" }));
    await screen.findByText("Sign in to see your tickets and orders.");
    expect(currentToken()).toBeNull();
    expect(client.getQueryData(["me"])).toBeUndefined();
  });

  it("lets one agree to an organizer's news, and take it back", async () => {
    let agreed = false;
    const line = () => ({ organizationId: "org-1", organizationName: "Harbour City FC", agreed });
    server.use(
      http.get(api("/users/me/news"), () => ok([line()])),
      http.put(api("/users/me/news/org-1"), async ({ request }) => {
        agreed = ((await request.json()) as { agreed: boolean }).agreed;
        return ok({ organizationId: "org-1", agreed });
      }),
    );
    const { user } = await openApp("/account/preferences", { signedIn: true });
    const box = await screen.findByRole("checkbox", { name: "Harbour City FC" });
    expect(box).not.toBeChecked();
    await user.click(box);
    await waitFor(() => expect([agreed, (box as HTMLInputElement).disabled]).toEqual([true, false]));
    expect(box).toBeChecked();
    await user.click(box);
    await waitFor(() => expect(agreed).toBe(false));
  });

  it("opens and closes the menu by keyboard and changes theme and language there", async () => {
    const { user } = await openApp("/nowhere", { signedIn: true });
    await screen.findByRole("heading", { name: "There is nothing at this address" });
    const button = await screen.findByRole("button", { name: /settings of Fay Archer/ });
    await user.click(button);
    await user.click(await screen.findByRole("button", { name: "Dark" }));
    expect(document.documentElement.dataset.theme).toBe("dark");
    expect(localStorage.getItem("arenapulse.theme")).toBe("dark");
    await user.selectOptions(screen.getByLabelText("Language"), "de");
    await waitFor(() => expect(document.documentElement.lang).toBe("de"));
    expect(screen.getAllByRole("link", { name: "Entdecken" })).not.toHaveLength(0);
    await user.selectOptions(screen.getByLabelText("Sprache"), "en");
    await user.keyboard("{Escape}");
    expect(button).toHaveAttribute("aria-expanded", "false");
    expect(button).toHaveFocus();
  });
});
