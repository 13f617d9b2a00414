import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { QueueAnswer, Serving } from "@/shared/api/contract";
import { sha256, solve, zeroBits } from "./sha256";
import { around, isNear, isStale, pollMs, spokenMark, standingOf } from "./standing";

const place = (change: Partial<QueueAnswer> = {}): QueueAnswer => ({
  token: "t",
  position: 201,
  ahead: 200,
  estimatedWaitSeconds: 201,
  phase: "WAITING",
  lane: 0,
  ticket: "00".repeat(16),
  pollAfterSeconds: 10,
  placesLeft: 500,
  serverTime: "2026-03-14T18:00:00Z",
  ...change,
});
const lane = (change: Partial<Serving["lanes"][number]> = {}) => ({
  ...{ lane: 0, name: "", serving: 100, people: 300, ended: false, perMinute: 60 },
  ...change,
});
const serving = (change: Partial<Serving> = {}): Serving => ({
  phase: "WAITING",
  serving: 100,
  people: 300,
  perMinute: 60,
  paused: false,
  closed: false,
  placesLeft: 90,
  lanes: [lane()],
  at: "2026-03-14T18:00:00Z",
  ...change,
});

describe("how it stands with a place", () => {
  it("follows the line's own number between two questions about the place", () => {
    expect(standingOf(place(), serving())).toMatchObject({ ahead: 100, waitSeconds: 101, people: 300 });
    expect(standingOf(place(), undefined)).toMatchObject({ ahead: 200, waitSeconds: 201 });
  });

  it("says the wait by what goes in now, whatever went in when the place was read", () => {
    const slow = serving({ perMinute: 12, lanes: [lane({ perMinute: 6 })] });
    expect(standingOf(place(), slow)).toMatchObject({ ahead: 100, waitSeconds: 1_010 });
    // A lane into which nobody is let: the last that was said.
    const shut = serving({ lanes: [lane({ perMinute: 0 })] });
    expect(standingOf(place(), shut).waitSeconds).toBe(101);
  });

  it.each([
    ["the next, however slowly it goes", 49, 3_000, true],
    ["half a minute away", 4_999, 30, true],
    ["a minute away", 200, 60, false],
    ["with more before than a process holds", 5_000, 5, false],
  ])("is called over a connection of its own: %s", (_who, ahead, wait, near) => {
    const one = place({ position: ahead + 1, ahead, estimatedWaitSeconds: wait });
    expect(isNear(one, standingOf(one, undefined))).toBe(near);
    expect(isNear({ ...one, phase: "LOBBY" }, standingOf(one, undefined))).toBe(false);
  });

  it("says when more are ahead than there are places", () => {
    expect(standingOf(place(), serving()).mayBeTooLate).toBe(true);
    expect(standingOf(place(), serving({ placesLeft: 101 })).mayBeTooLate).toBe(false);
  });

  it("asks for the place when its turn came, the draw was made, or the line is over", () => {
    expect(isStale(place(), serving())).toBe(false);
    expect(isStale(place(), serving({ lanes: [lane({ serving: 201 })] }))).toBe(true);
    expect(isStale(place(), serving({ phase: "OPEN" }))).toBe(true);
    expect(isStale(place({ phase: "LOBBY" }), serving())).toBe(true);
    expect(isStale(place({ phase: "LOBBY" }), serving({ phase: "LOBBY" }))).toBe(false);
  });

  it("asks seldom where the wait is long, and not all in one second", () => {
    const asks = (estimatedWaitSeconds: number, chance: number) =>
      pollMs(place({ estimatedWaitSeconds }), undefined, chance);
    expect(asks(10, 0.5)).toBe(3_000);
    expect(asks(200, 0.5)).toBe(10_000);
    expect(asks(90_000, 0.5)).toBe(20_000);
    expect(asks(200, 0)).toBe(9_000);
    expect(asks(200, 1)).toBe(11_000);
  });

  it("asks more often the nearer the turn is, though the place was read long ago", () => {
    const near = serving({ lanes: [lane({ serving: 160 })] });
    expect(pollMs(place({ estimatedWaitSeconds: 900 }), near, 0.5)).toBe(3_000);
  });

  it("guesses in whole minutes, from and to", () => {
    expect(around(59)).toBeNull();
    expect(around(60)).toEqual({ low: 1, high: 2, unit: "minutes" });
    expect(around(750)).toEqual({ low: 10, high: 15, unit: "minutes" });
    expect(around(10_799)).toEqual({ low: 152, high: 207, unit: "minutes" });
    expect(around(10_800)).toEqual({ low: 2, high: 4, unit: "hours" });
    expect(around(590_217)).toEqual({ low: 139, high: 189, unit: "hours" });
  });

  it("reads out a number only when it has become much smaller", () => {
    expect([4, 5, 6, 90, 101, 20_000].map(spokenMark)).toEqual([5, 5, 25, 100, 500, null]);
  });
});

describe("the work for a place", () => {
  it("hashes as everybody does", () => {
    for (const text of ["", "abc", "x".repeat(55), "x".repeat(56), "x".repeat(200)]) {
      const made = [...sha256(text)].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
      expect(made).toBe(createHash("sha256").update(text).digest("hex"));
    }
  });

  it("finds an answer with enough zero bits", () => {
    const answer = solve("10.1796000000.abc", 10);
    expect(zeroBits(sha256(`10.1796000000.abc:${answer}`))).toBeGreaterThanOrEqual(10);
  });
});
