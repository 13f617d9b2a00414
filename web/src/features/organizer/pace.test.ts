import { describe, expect, it } from "vitest";
import { byDay, filled, rateOf } from "./pace";

describe("the pace", () => {
  it("by days goes by the venue's calendar", () => {
    const hours = [
      { at: Date.parse("2026-03-14T03:00:00Z"), value: 2 },
      { at: Date.parse("2026-03-14T04:00:00Z"), value: 3 },
    ];
    const days = (zone: string) =>
      byDay(hours, zone).map(({ at, value }) => [new Date(at).toISOString().slice(0, 10), value]);
    expect(days("UTC")).toEqual([["2026-03-14", 5]]);
    expect(days("America/New_York")).toEqual([
      ["2026-03-13", 2],
      ["2026-03-14", 3],
    ]);
  });

  const MINUTE = 60_000;
  const now = 100 * MINUTE + 30_000;

  it("has a bar for each minute, empty ones too", () => {
    const bars = filled([{ at: 98 * MINUTE, value: 7 }], "hour", now);
    expect(bars).toHaveLength(60);
    expect(bars.at(-1)).toEqual({ at: 100 * MINUTE, value: 0 });
    expect(bars.at(-3)).toEqual({ at: 98 * MINUTE, value: 7 });
  });

  it("is that of the last five minutes, or since the first ticket", () => {
    const at = (minute: number, value: number) => ({ at: minute * MINUTE, value });
    expect(rateOf([], now)).toBe(0);
    expect(rateOf([at(10, 999)], now)).toBe(0);
    // Just opened: what half a minute sold.
    expect(rateOf([at(99, 0), at(100, 40)], now)).toBe(80);
    expect(rateOf([at(99, 30), at(100, 60)], now)).toBe(60);
    // Long on sale: four minutes and a half, also those that sold nothing.
    expect(rateOf([at(50, 5), at(97, 45)], now)).toBe(10);
  });

  it("of all days begins with the first that sold", () => {
    const day = 86_400_000;
    expect(filled([{ at: 10 * day, value: 1 }], "all", 12 * day + 5).map(({ value }) => value)).toEqual([
      1, 0, 0,
    ]);
    expect(filled([], "all", 12 * day + 5)).toHaveLength(1);
  });
});
