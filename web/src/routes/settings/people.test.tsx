import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { ApiKey, Member } from "@/shared/api/contract";
import { ME } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const SIGNED_IN = { signedIn: true };
const ORGANIZATION = "/organizations/org-1";
const PAGES = "/organizer/org-1/settings";
const profile = { id: "org-1", name: "Harbour City FC", role: "OWNER", mfaRequired: false };
const ada: Member = { userId: "ada", email: "ada@club.test", fullName: "Ada Owner", role: "OWNER" };
const bob: Member = { userId: "bob", email: "bob@club.test", fullName: "Bob Gate", role: "STAFF" };
const key: ApiKey = {
  id: "key-1",
  name: "Till",
  role: "STAFF",
  prefix: "ak_1234",
  createdAt: "2026-11-20T12:00:00Z",
  expiresAt: null,
  lastUsedAt: null,
};

beforeEach(() => {
  server.use(
    http.get(api("/users/me"), () =>
      ok({
        ...ME,
        userId: "ada",
        mfaEnabled: false,
        memberships: [{ organizationId: "org-1", name: "Harbour City FC", role: "OWNER" }],
      }),
    ),
    http.get(api(ORGANIZATION), () => ok(profile)),
    http.get(api(`${ORGANIZATION}/members`), () => ok([ada, bob])),
    http.get(api(`${ORGANIZATION}/invitations`), () => ok([])),
  );
});

describe("a team", () => {
  it("shows the hundred and first of a team", async () => {
    const many = Array.from({ length: 101 }, (_, n) => ({
      ...bob,
      userId: `many-${n}`,
      email: `many-${n}@demo.test`,
      fullName: `Steward ${n}`,
    }));
    server.use(
      http.get(api(`${ORGANIZATION}/members`), ({ request }) => {
        const page = Number(new URL(request.url).searchParams.get("page") ?? 1);
        return ok(many.slice((page - 1) * 100, page * 100), { page, limit: 100, total: many.length });
      }),
    );
    await openApp(`${PAGES}/team`, SIGNED_IN);
    expect(await screen.findByText("Steward 100")).toBeInTheDocument();
  });

  it("gives roles, and says why the last owner stays", async () => {
    const asked: unknown[] = [];
    server.use(
      http.patch(api(`${ORGANIZATION}/members/:id`), async ({ request, params }) => {
        asked.push([params.id, await request.json()]);
        return params.id === "ada" ? refuse(409, "CONFLICT003") : ok({ ...bob, role: "MANAGER" });
      }),
    );
    const { user } = await openApp(`${PAGES}/team`, SIGNED_IN);
    await user.selectOptions(await screen.findByLabelText("Role of Bob Gate"), "Manager");
    await user.selectOptions(screen.getByLabelText("Role of Ada Owner"), "Staff");
    await screen.findByText("The last owner stays: make somebody else an owner first.");
    expect(screen.getByLabelText("Role of Ada Owner")).toHaveValue("OWNER");
    expect(asked).toEqual([
      ["bob", { role: "MANAGER" }],
      ["ada", { role: "STAFF" }],
    ]);
  });

  it("removes nobody by one press", async () => {
    const gone: unknown[] = [];
    server.use(
      http.delete(api(`${ORGANIZATION}/members/:id`), ({ params }) => {
        gone.push(params.id);
        return ok(null);
      }),
    );
    const { user } = await openApp(`${PAGES}/team`, SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "Remove Bob Gate" }));
    await screen.findByText("Bob Gate loses all access to this organization within a second.");
    expect(gone).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Remove Bob Gate" }));
    await waitFor(() => expect(gone).toEqual(["bob"]));
  });

  it("invites, and takes an invitation back", async () => {
    let open: object[] = [];
    const asked: unknown[] = [];
    server.use(
      http.get(api(`${ORGANIZATION}/invitations`), () => ok(open)),
      http.post(api(`${ORGANIZATION}/members`), async ({ request }) => {
        const body = (await request.json()) as { email: string; role: string };
        asked.push(body);
        const times = { createdAt: "2026-11-29T12:00:00Z", expiresAt: "2026-12-06T12:00:00Z" };
        open = [{ invitationId: "i-1", ...body, ...times, status: "INVITED" }];
        return ok({ invitationId: "i-1", ...body, status: "INVITED" }, {}, 201);
      }),
      http.delete(api(`${ORGANIZATION}/invitations/i-1`), () => {
        open = [];
        return ok(null);
      }),
    );
    const { user } = await openApp(`${PAGES}/team`, SIGNED_IN);
    await user.type(await screen.findByLabelText("E-mail"), "cleo@club.test");
    await user.selectOptions(screen.getByLabelText("Role"), "Analyst");
    await user.click(screen.getByRole("button", { name: "Send the invitation" }));
    await screen.findByText("An invitation to cleo@club.test is on its way.");
    const list = await screen.findByRole("list", { name: "Waiting for an answer" });
    await user.click(
      within(list).getByRole("button", { name: "Take back the invitation of cleo@club.test" }),
    );
    await waitFor(() => expect(list).not.toBeInTheDocument());
    expect(asked).toEqual([{ email: "cleo@club.test", role: "ANALYST" }]);
  });

  it("asks of others no second factor that one has not", async () => {
    await openApp(`${PAGES}/team`, SIGNED_IN);
    const toggle = await screen.findByRole("switch", { name: "Second factor for owners and managers" });
    await screen.findByText("Set up your own second factor first.");
    expect(toggle).toBeDisabled();
  });
});

describe("keys", () => {
  it("are shown once with their signing secret, and end after a second word", async () => {
    let kept: ApiKey[] = [];
    const asked: unknown[] = [];
    server.use(
      http.get(api(`${ORGANIZATION}/api-keys`), () => ok(kept)),
      http.post(api(`${ORGANIZATION}/api-keys`), async ({ request }) => {
        asked.push(await request.json());
        kept = [key];
        return ok({ ...key, key: "ak_1234secret", signingSecret: "sk_sign" }, {}, 201);
      }),
      http.delete(api(`${ORGANIZATION}/api-keys/key-1`), () => {
        kept = [];
        return ok(null);
      }),
    );
    const { user } = await openApp(`${PAGES}/keys`, SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "New key" }));
    await user.type(screen.getByLabelText("Name"), " Till ");
    await user.selectOptions(screen.getByLabelText("Ends after"), "Never");
    await user.click(screen.getByRole("button", { name: "Make the key" }));
    await screen.findByText("ak_1234secret");
    expect(screen.getByText("sk_sign")).toBeInTheDocument();
    expect(asked).toEqual([{ name: "Till", role: "STAFF", expiresAt: null }]);
    await user.click(screen.getByRole("button", { name: "I have kept it" }));
    expect(screen.queryByText("ak_1234secret")).not.toBeInTheDocument();
    await user.click(await screen.findByRole("button", { name: "End the key Till" }));
    expect(kept).toHaveLength(1);
    await user.click(screen.getByRole("button", { name: "End the key Till" }));
    await screen.findByText("No keys yet");
  });
});

describe("an organization", () => {
  it("gets another name, and refunds on warnings if it wants to", async () => {
    const asked: unknown[] = [];
    let wishes = { refundOnWarning: false };
    server.use(
      http.get(api(`${ORGANIZATION}/payment-settings`), () => ok(wishes)),
      http.put(api(`${ORGANIZATION}/payment-settings`), async ({ request }) => {
        wishes = (await request.json()) as typeof wishes;
        return ok(wishes);
      }),
      http.patch(api(ORGANIZATION), async ({ request }) => {
        asked.push(await request.json());
        return ok({ id: "org-1", name: "Harbour United", role: "OWNER" });
      }),
    );
    const { user } = await openApp(PAGES, SIGNED_IN);
    const name = await screen.findByLabelText("Name");
    await user.clear(name);
    await user.type(name, "Harbour United");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(asked).toEqual([{ name: "Harbour United" }]));
    const toggle = await screen.findByRole("switch", { name: "Refund when a card's issuer warns of fraud" });
    await user.click(toggle);
    await waitFor(() => expect(toggle).toBeChecked());
    expect(wishes).toEqual({ refundOnWarning: true });
  });
});

describe("addresses that get nothing", () => {
  const shut = (suppressionId: string, address: string, reason: string) => ({
    suppressionId,
    address,
    reason,
    channel: "EMAIL",
    createdAt: "2026-11-20T12:00:00Z",
  });

  it("says why, and lets them be written to again; another's complaint stays", async () => {
    let list = [shut("s-1", "gone@fans.test", "BOUNCE"), shut("s-2", "angry@fans.test", "COMPLAINT")];
    server.use(
      http.get(api(`${ORGANIZATION}/suppressions`), () => ok(list)),
      http.delete(api(`${ORGANIZATION}/suppressions/:id`), ({ params }) => {
        if (params.id === "s-2") return refuse(409, "CONFLICT003");
        list = list.filter(({ suppressionId }) => suppressionId !== params.id);
        return ok(null);
      }),
    );
    const { user } = await openApp(`${PAGES}/addresses`, SIGNED_IN);
    const listed = await screen.findByRole("list", { name: "Addresses" });
    expect(listed).toHaveTextContent(
      /gone@fans.test.*There is no such mailbox.*angry@fans.test.*Marked as spam/,
    );
    await user.click(screen.getByRole("button", { name: "Write to gone@fans.test again" }));
    expect(screen.getByText(/If it is sent back again/)).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Write to gone@fans.test again" }));
    await waitFor(() => expect(screen.queryByText("gone@fans.test")).not.toBeInTheDocument());
    await user.click(screen.getByRole("button", { name: "Write to angry@fans.test again" }));
    await user.click(screen.getByRole("button", { name: "Write to angry@fans.test again" }));
    expect(await screen.findByText(/another organizer’s message/)).toBeInTheDocument();
  });
});
