import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { Delivery, Role, Webhook } from "@/shared/api/contract";
import { ME } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const SIGNED_IN = { signedIn: true };
const ORGANIZATION = "/organizations/org-1";
const PAGE = "/organizer/org-1/settings/webhooks";

const as = (role: Role) =>
  server.use(
    http.get(api("/users/me"), () =>
      ok({ ...ME, memberships: [{ organizationId: "org-1", name: "Harbour City FC", role }] }),
    ),
    http.get(api(ORGANIZATION), () => ok({ id: "org-1", name: "Harbour City FC", role, mfaRequired: false })),
  );
const webhook = (change: Partial<Webhook> = {}): Webhook => ({
  id: "hook-1",
  url: "https://till.example.org/arena",
  events: ["order.confirmed"],
  createdAt: "2026-11-20T12:00:00Z",
  failingSince: null,
  pausedAt: null,
  pauseReason: null,
  ...change,
});
const delivery = (change: Partial<Delivery> = {}): Delivery => ({
  id: "delivery-1",
  type: "order.confirmed",
  status: "FAILED",
  createdAt: "2026-11-29T12:00:00Z",
  nextAttemptAt: null,
  attempts: [{ at: "2026-11-29T12:00:01Z", status: 500, error: null, milliseconds: 40 }],
  body: '{"type":"order.confirmed"}',
  ...change,
});

beforeEach(() => as("OWNER"));

describe("webhooks", () => {
  it("of one that was paused are where its mail leads, and resume with what waited", async () => {
    let kept = webhook({ pausedAt: "2026-11-29T12:00:00Z", pauseReason: "FAILING" });
    const asked: unknown[] = [];
    server.use(
      http.get(api(`${ORGANIZATION}/webhooks`), () => ok([kept])),
      http.patch(api(`${ORGANIZATION}/webhooks/hook-1`), async ({ request }) => {
        asked.push(await request.json());
        kept = webhook();
        return ok(kept);
      }),
    );
    const { user } = await openApp(PAGE, SIGNED_IN);
    await screen.findByText("Paused: for three days nothing reached it.");
    await user.click(screen.getByRole("button", { name: "Resume https://till.example.org/arena" }));
    await screen.findByText("Active");
    expect(asked).toEqual([{ paused: false }]);
  });

  it("show their secret once, after a fresh sign-in where that is asked", async () => {
    const keys: (string | null)[] = [];
    let isFresh = false;
    server.use(
      http.get(api(`${ORGANIZATION}/webhooks`), () => ok([])),
      http.post(api(`${ORGANIZATION}/webhooks`), async ({ request }) => {
        keys.push(request.headers.get("Idempotency-Key"));
        if (!isFresh) return refuse(401, "AUTH005", { details: [{ field: "stepUp", message: "stale" }] });
        const body = (await request.json()) as Pick<Webhook, "url" | "events">;
        return ok({ ...webhook(body), secret: "whsec_c2VjcmV0" }, {}, 201);
      }),
      http.post(api("/auth/step-up"), () => {
        isFresh = true;
        return ok({ token: "token-2", expiresAt: "2099-01-01T00:00:00Z" });
      }),
    );
    const { user } = await openApp(PAGE, SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "New webhook" }));
    await user.type(screen.getByLabelText("Address"), "shop.example.org/hook");
    await user.click(screen.getByRole("checkbox", { name: /event\.sold_out/ }));
    await user.click(screen.getByRole("button", { name: "Make the webhook" }));
    await user.type(await screen.findByLabelText("Password"), "correct horse 9");
    await user.click(screen.getByRole("button", { name: "Confirm" }));
    expect(await screen.findByText("whsec_c2VjcmV0")).toBeInTheDocument();
    expect(screen.getByRole("heading", { name: "The webhook is made" })).toHaveFocus();
    await user.click(screen.getByRole("button", { name: "I have kept it" }));
    expect(screen.queryByText("whsec_c2VjcmV0")).not.toBeInTheDocument();
    expect(keys).toHaveLength(2);
    expect(keys.every((key) => key !== null)).toBe(true);
  });

  it("say in words that an address is not taken, and keep what was typed", async () => {
    server.use(
      http.get(api(`${ORGANIZATION}/webhooks`), () => ok([])),
      http.post(api(`${ORGANIZATION}/webhooks`), () =>
        refuse(422, "VALIDATION001", { details: [{ field: "url", message: "must not lead inside" }] }),
      ),
    );
    const { user } = await openApp(PAGE, SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "New webhook" }));
    await user.type(screen.getByLabelText("Address"), "10.0.0.1/");
    await user.click(screen.getByRole("button", { name: "Make the webhook" }));
    await screen.findByText(/This address is not taken/);
    expect(screen.getByLabelText("Address")).toHaveValue("https://10.0.0.1/");
  });

  it("send a delivery again under one key", async () => {
    const replays: (string | null)[] = [];
    server.use(
      http.get(api(`${ORGANIZATION}/webhooks`), () => ok([webhook()])),
      http.get(api(`${ORGANIZATION}/webhooks/hook-1/deliveries`), () => ok([delivery()])),
      http.post(api(`${ORGANIZATION}/webhooks/hook-1/deliveries/delivery-1/replay`), ({ request }) => {
        replays.push(request.headers.get("Idempotency-Key"));
        return replays.length === 1 ? HttpResponse.error() : ok(delivery({ status: "PENDING" }), {}, 202);
      }),
    );
    const { user } = await openApp(`${PAGE}/hook-1`, SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: /order\.confirmed/ }));
    const tries = screen.getByRole("list", { name: "Attempts" });
    expect(within(tries).getByText("500")).toBeInTheDocument();
    expect(screen.getByRole("region", { name: "What is sent" })).toHaveTextContent(
      '"type": "order.confirmed"',
    );
    const again = screen.getByRole("button", { name: "Send again" });
    await user.click(again);
    await screen.findByText("No answer from the server.");
    await user.click(again);
    await screen.findByText("It is on its way again.");
    expect(replays[0]).not.toBeNull();
    expect(replays[1]).toBe(replays[0]);
  });

  it("end after a second word", async () => {
    let isThere = true;
    server.use(
      http.get(api(`${ORGANIZATION}/webhooks`), () => ok(isThere ? [webhook()] : [])),
      http.get(api(`${ORGANIZATION}/webhooks/hook-1/deliveries`), () => ok([])),
      http.delete(api(`${ORGANIZATION}/webhooks/hook-1`), () => {
        isThere = false;
        return ok(null);
      }),
    );
    const { user, path } = await openApp(`${PAGE}/hook-1`, SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: /^End the webhook/ }));
    expect(isThere).toBe(true);
    await user.click(screen.getByRole("button", { name: /^End the webhook/ }));
    await waitFor(() => expect(path()).toBe(PAGE));
    expect(isThere).toBe(false);
  });

  it("are no analyst's, and a stranger's organization is nobody's", async () => {
    as("ANALYST");
    await openApp(PAGE, SIGNED_IN);
    await screen.findByText("Your role does not open this page");
    expect(screen.queryByRole("link", { name: "Webhooks" })).not.toBeInTheDocument();
    server.use(http.get(api("/organizations/org-2"), () => refuse(404, "NOTFOUND001")));
    await openApp("/organizer/org-2/settings/webhooks", SIGNED_IN);
    await screen.findByText("This organization is not yours");
  });
});
