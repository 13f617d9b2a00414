import { describe, expect, it } from "vitest";
import { minutesAndSeconds } from "@/shared/ui/duration";
import { clockOffset, remainingMs, spokenMark, urgencyOf } from "./clock";

const SERVER = "2026-11-24T10:00:00Z";
const EXPIRES = "2026-11-24T10:08:00Z";
const arrived = Date.parse(SERVER);

describe("time left by the server's clock", () => {
  it.each([0, 3_600_000, -7_200_000])("is the same with a client clock that is %i ms off", (error) => {
    const offset = clockOffset(SERVER, arrived + error);
    expect(remainingMs(EXPIRES, offset, arrived + error)).toBe(480_000);
    expect(remainingMs(EXPIRES, offset, arrived + error + 90_000)).toBe(390_000);
  });

  it("never goes below zero", () => {
    expect(remainingMs(EXPIRES, 0, Date.parse(EXPIRES) + 5_000)).toBe(0);
  });
});

describe("words and marks", () => {
  it.each([
    [252_000, "4:12"],
    [251_001, "4:12"],
    [41_000, "0:41"],
    [1, "0:01"],
    [0, "0:00"],
  ])("%i ms reads %s", (ms, words) => expect(minutesAndSeconds(ms)).toBe(words));

  it.each([
    [300_000, "plain"],
    [299_999, "warn"],
    [60_000, "warn"],
    [59_999, "no"],
  ] as const)("%i ms is %s", (ms, urgency) => expect(urgencyOf(ms)).toBe(urgency));

  it.each([
    [300_001, null],
    [300_000, 300],
    [60_000, 60],
    [30_000, 30],
    [0, 30],
  ])("at %i ms the last spoken mark is %s", (ms, mark) => expect(spokenMark(ms)).toBe(mark));
});
