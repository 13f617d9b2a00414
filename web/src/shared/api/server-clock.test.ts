import { afterEach, describe, expect, it, vi } from "vitest";
import { hearServerTime, serverTime } from "./server-clock";

const NOON = Date.parse("2026-07-01T12:00:00Z");
const hear = (date: string | null, at = NOON) => hearServerTime(date, { sentAt: at, heardAt: at + 200 });

afterEach(() => hear("Wed, 01 Jul 2026 12:00:00 GMT"));

describe("the server's time", () => {
  it("is ours where both agree but for whole seconds and the way", () => {
    hear("Wed, 01 Jul 2026 12:00:01 GMT");
    expect(serverTime(NOON)).toBe(NOON);
  });

  it("is the server's where our clock is an hour late", () => {
    hear("Wed, 01 Jul 2026 13:00:00 GMT");
    expect(serverTime(NOON) - NOON).toBe(3_600_000 + 500 - 100);
  });

  it("stays as it was told where an answer says nothing, or nonsense", () => {
    hear("Wed, 01 Jul 2026 11:00:00 GMT");
    const before = serverTime(NOON);
    hear(null);
    hear("yesterday");
    expect(serverTime(NOON)).toBe(before);
    expect(before).toBeLessThan(NOON - 3_500_000);
  });

  it("is still the server's after a start without a network", async () => {
    hear("Wed, 01 Jul 2026 13:00:00 GMT");
    vi.resetModules();
    const anew = await import("./server-clock");
    expect(Math.abs(anew.serverTime(NOON) - serverTime(NOON))).toBeLessThan(1);
    expect(anew.serverTime(NOON)).toBeGreaterThan(NOON + 3_500_000);
  });

  it("follows a clock that was set right", () => {
    hear("Wed, 01 Jul 2026 13:00:00 GMT");
    hear("Wed, 01 Jul 2026 13:00:00 GMT", NOON + 3_600_000);
    expect(serverTime(NOON)).toBe(NOON);
  });
});
