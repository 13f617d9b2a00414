import { http } from "msw";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { api, ok, refuse, server } from "@/testing/server";
import {
  bootSession,
  currentToken,
  followTabs,
  renewToken,
  startGuest,
  startSession,
  useSession,
} from "./session";

// What another tab writes is in the storage of both, and this one is told of it.
const GUEST = "arenapulse.guest";
const MARK = "arenapulse.session";
const later = "2099-01-01T00:00:00Z";
const status = () => useSession.getState().status;

function elsewhere(key: string, value: string): void {
  localStorage.setItem(key, value);
  window.dispatchEvent(new StorageEvent("storage", { key, newValue: value }));
}

beforeAll(followTabs);
afterEach(() => localStorage.clear());

describe("what another tab does", () => {
  it("holds places: who looks on here is the same guest", async () => {
    await bootSession();
    elsewhere(GUEST, JSON.stringify({ token: "guest", expiresAt: later }));
    expect([status(), currentToken()]).toEqual(["guest", "guest"]);
  });

  it("holds places: also where this device's clock runs ahead, though not where they are of days ago", async () => {
    const hours = (n: number) => new Date(Date.now() - n * 3_600_000).toISOString();
    await bootSession();
    elsewhere(GUEST, JSON.stringify({ token: "old", expiresAt: hours(50) }));
    expect(currentToken()).toBeNull();
    elsewhere(GUEST, JSON.stringify({ token: "guest", expiresAt: hours(3) }));
    expect([status(), currentToken()]).toEqual(["guest", "guest"]);
  });

  it("holds places: a person here stays who they are", () => {
    startSession({ token: "mine", expiresAt: later });
    elsewhere(GUEST, JSON.stringify({ token: "guest", expiresAt: later }));
    expect([status(), currentToken()]).toEqual(["person", "mine"]);
  });

  it("says who the guest is: it is said here too, and their dead token signs nobody out", async () => {
    server.use(http.post(api("/auth/refresh"), () => ok({ token: "hers", expiresAt: later })));
    startGuest({ token: "guest", expiresAt: later });
    localStorage.setItem(MARK, "in");
    expect(await renewToken("guest")).toBe("hers");
    expect([status(), localStorage.getItem(MARK)]).toEqual(["person", "in"]);
  });

  it("signs in: so is this one", async () => {
    server.use(http.post(api("/auth/refresh"), () => ok({ token: "hers", expiresAt: later })));
    await bootSession();
    elsewhere(MARK, "in");
    await expect.poll(status).toBe("person");
    expect(currentToken()).toBe("hers");
  });

  it("signs out: so is this one", () => {
    startSession({ token: "mine", expiresAt: later });
    elsewhere(MARK, "out");
    expect([status(), currentToken()]).toEqual(["visitor", null]);
  });

  it("signs in with a session that has ended already: nobody is signed in", async () => {
    server.use(http.post(api("/auth/refresh"), () => refuse(401, "AUTH002")));
    await bootSession();
    elsewhere(MARK, "in");
    await expect.poll(() => localStorage.getItem(MARK)).toBe("out");
    expect(status()).toBe("visitor");
  });
});
