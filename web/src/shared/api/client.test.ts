import { HttpResponse, http } from "msw";
import { describe, expect, it } from "vitest";
import { card, order, ticket } from "@/testing/fixtures";
import { api, ok, refuse, server } from "@/testing/server";
import { AttemptKeys } from "./attempt-key";
import { request } from "./client";
import { ApiError } from "./errors";
import { shouldRetry } from "./retry";
import {
  bootSession,
  currentToken,
  endSession,
  introduceGuest,
  startGuest,
  startSession,
  useSession,
} from "./session";

const failure = async (promise: Promise<unknown>): Promise<ApiError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${String(error)}`);
  return error;
};
const TICKET = ticket();
const CARD = card();
const signIn = () => startSession({ token: "old", expiresAt: "" });

/** /tickets answers only the token "new"; each refresh is counted. */
function expiringToken() {
  const seen = { refreshes: 0, tokens: [] as (string | null)[] };
  server.use(
    http.post(api("/auth/refresh"), () => {
      seen.refreshes += 1;
      return ok({ token: "new", expiresAt: "2099-01-01T00:00:00Z" });
    }),
    http.get(api("/tickets"), ({ request: asked }) => {
      const token = asked.headers.get("Authorization");
      seen.tokens.push(token);
      return token === "Bearer new" ? ok([TICKET]) : refuse(401, "AUTH002");
    }),
  );
  return seen;
}

describe("envelope", () => {
  it("opens the envelope and sends body, token and key", async () => {
    signIn();
    let asked: Request | undefined;
    server.use(
      http.post(api("/orders"), ({ request: got }) => {
        asked = got.clone();
        return ok(order({ orderId: "1" }), {}, 201);
      }),
    );
    const body = { eventId: "e" };
    expect(await request("/orders", { method: "POST", body, idempotencyKey: "key-1" })).toMatchObject({
      orderId: "1",
    });
    expect(asked?.headers.get("Idempotency-Key")).toBe("key-1");
    expect(asked?.headers.get("Authorization")).toBe("Bearer old");
    expect(await asked?.json()).toEqual(body);
  });

  it("turns a refusal into code, status, fields, request id and pause", async () => {
    const details = [{ field: "tickets.0.quantity", message: "too many" }];
    server.use(
      http.get(api("/tickets"), () =>
        refuse(429, "RATE001", { details }, { "X-Request-Id": "r-1", "Retry-After": "12" }),
      ),
    );
    const error = await failure(request("/tickets"));
    expect(error).toMatchObject({ code: "RATE001", status: 429, requestId: "r-1", retryAfterSeconds: 12 });
    expect(error.field("tickets.0.quantity")).toBe("too many");
    expect(error.field("other")).toBeUndefined();
  });

  it("survives an answer that is no envelope at all", async () => {
    server.use(http.get(api("/tickets"), () => new HttpResponse("<html>", { status: 502 })));
    expect(await failure(request("/tickets"))).toMatchObject({
      code: "SYS001",
      status: 502,
      isUnclear: true,
    });
  });

  it("says NETWORK when no answer came, and only that is worth a repeat", async () => {
    server.use(http.get(api("/tickets"), () => HttpResponse.error()));
    const error = await failure(request("/tickets"));
    expect(error).toMatchObject({ code: "NETWORK", status: 0 });
    expect([0, 1, 2].map((failures) => shouldRetry(failures, error))).toEqual([true, true, false]);
    expect(shouldRetry(0, new ApiError({ code: "EVENT002", status: 409, message: "" }))).toBe(false);
  });
});

describe("refresh", () => {
  it("happens once for many requests that find the token expired, and each of them is repeated", async () => {
    signIn();
    const seen = expiringToken();
    const answers = await Promise.all([1, 2, 3, 4].map(() => request("/tickets")));
    expect(answers).toEqual(Array.from({ length: 4 }, () => [TICKET]));
    expect(seen.refreshes).toBe(1);
    expect(seen.tokens).toHaveLength(8);
  });

  it("is not asked for by a request that left before the new token came", async () => {
    signIn();
    const seen = expiringToken();
    await request("/tickets");
    await request("/tickets");
    expect(seen.refreshes).toBe(1);
  });

  it("ends the session when the server refuses it, and the caller hears why", async () => {
    signIn();
    server.use(http.get(api("/tickets"), () => refuse(401, "AUTH002")));
    expect(await failure(request("/tickets"))).toMatchObject({ code: "AUTH002" });
    expect(useSession.getState().status).toBe("visitor");
    expect(currentToken()).toBeNull();
  });

  it("signs nobody out because the network is gone", async () => {
    signIn();
    server.use(
      http.get(api("/tickets"), () => refuse(401, "AUTH002")),
      http.post(api("/auth/refresh"), () => HttpResponse.error()),
    );
    await failure(request("/tickets"));
    expect(useSession.getState().status).toBe("person");
  });

  it("boots once from the cookie, before the first request that needs a person", async () => {
    const seen = expiringToken();
    localStorage.setItem("arenapulse.session", "in");
    await Promise.all([
      request("/tickets", { auth: "required" }),
      request("/tickets", { auth: "required" }),
      bootSession(),
    ]);
    expect(seen).toEqual({ refreshes: 1, tokens: ["Bearer new", "Bearer new"] });
  });

  it("is never asked for by a guest: they have no cookie, and are nobody again", async () => {
    startGuest({ token: "guest", expiresAt: "2099-01-01T00:00:00Z" });
    const seen = expiringToken();
    expect(await failure(request("/tickets"))).toMatchObject({ code: "AUTH002" });
    expect([seen.refreshes, useSession.getState().status]).toEqual([0, "visitor"]);
  });

  it("leaves who was a guest what everybody may see, and not what needs somebody", async () => {
    const guest = { token: "over", expiresAt: new Date(Date.now() - 3_600_000).toISOString() };
    const tokens: (string | null)[] = [];
    server.use(
      http.get(api("/events"), ({ request: asked }) => {
        tokens.push(asked.headers.get("Authorization"));
        return tokens.at(-1) === null ? ok([CARD]) : refuse(401, "AUTH002");
      }),
    );
    startGuest(guest);
    expect(await Promise.all([request("/events"), request("/events")])).toEqual([[CARD], [CARD]]);
    expect([tokens, useSession.getState().status]).toEqual([
      ["Bearer over", "Bearer over", null, null],
      "visitor",
    ]);
    startGuest(guest);
    expect(await failure(request("/events", { auth: "required" }))).toMatchObject({ code: "AUTH002" });
    expect(tokens).toHaveLength(5);
  });

  it("is not asked for while a guest becomes a person, and what their old token is refused ends nothing", async () => {
    startGuest({ token: "guest", expiresAt: "2099-01-01T00:00:00Z" });
    const seen = expiringToken();
    await introduceGuest(async () => {
      await failure(request("/tickets"));
      expect(useSession.getState().status).toBe("guest");
      startSession({ token: "new", expiresAt: "" });
      return {};
    });
    expect([seen.refreshes, useSession.getState().status]).toEqual([0, "person"]);
    expect(await request("/tickets")).toEqual([TICKET]);
  });

  it("asks nothing where nobody has ever signed in", async () => {
    const seen = expiringToken();
    await bootSession();
    expect(seen.refreshes).toBe(0);
    expect(useSession.getState().status).toBe("visitor");
  });

  it("does not ask again on the next visit after a refusal", async () => {
    const seen = expiringToken();
    endSession();
    localStorage.setItem("arenapulse.session", "out");
    await bootSession();
    expect(seen.refreshes).toBe(0);
  });
});

describe("AttemptKeys", () => {
  const keys = () => {
    let n = 0;
    return new AttemptKeys(() => `key-${++n}`);
  };
  const wish = { section: "110", quantity: 2 };
  const network = new ApiError({ code: "NETWORK", status: 0, message: "" });
  const refusal = new ApiError({ code: "EVENT002", status: 409, message: "" });

  it("reuses the key of an attempt whose end is unclear", () => {
    const attempts = keys();
    expect(attempts.keyFor(wish)).toBe("key-1");
    attempts.settle(network);
    expect(attempts.keyFor({ ...wish })).toBe("key-1");
  });

  it("makes a new key for another wish", () => {
    const attempts = keys();
    attempts.keyFor(wish);
    attempts.settle(network);
    expect(attempts.keyFor({ ...wish, quantity: 3 })).toBe("key-2");
  });

  it.each([
    ["an order", undefined],
    ["a refusal", refusal],
  ])("makes a new key after %s", (_name, error) => {
    const attempts = keys();
    attempts.keyFor(wish);
    attempts.settle(error);
    expect(attempts.keyFor(wish)).toBe("key-2");
  });

  it("makes keys of visible ASCII that differ", () => {
    const [a, b] = [new AttemptKeys().keyFor(1), new AttemptKeys().keyFor(1)];
    expect(a).toMatch(/^[\x21-\x7e]{1,255}$/);
    expect(a).not.toBe(b);
  });
});
