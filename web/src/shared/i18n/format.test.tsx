import { renderHook } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { dayOf, money, useFormat } from "./format";

describe("money", () => {
  it.each([
    [123_456, "HUF", "HUF 1,234.56"],
    [15_000_000, "IDR", "IDR 150,000.00"],
    [4_500_000, "COP", "COP 45,000.00"],
    [500, "JPY", "JP¥500"],
    [1250, "UGX", "UGX 1,250"],
    [12_500, "BHD", "BHD 12.500"],
    [4500, "EUR", "€45.00"],
  ])("%i of %s is %s, by ISO 4217's minor units", (minor, currency, shown) => {
    expect(money(minor, currency, "en").replace(/\s/g, " ")).toBe(shown);
  });
});

describe("a day and time at a venue", () => {
  const { format } = renderHook(() => ({ format: useFormat() })).result.current;

  it("names the zone where clocks there show another time than here", () => {
    const kickOff = "2027-07-14T22:45:00Z";
    expect(format.when(kickOff, "America/New_York")).toMatch(/^Wed 14 Jul, 18:45 GMT-4$/);
    expect(format.when(kickOff, "Africa/Accra")).toBe("Wed 14 Jul, 22:45");
    expect(format.when(kickOff)).toBe("Wed 14 Jul, 22:45");
  });
});

describe("a time zone that this browser does not know", () => {
  const { format } = renderHook(() => ({ format: useFormat() })).result.current;
  const kickOff = "2027-03-14T22:45:00Z";

  it("spoils no page: the time is UTC and says so", () => {
    expect(format.time(kickOff, "localtime")).toContain("22:45");
    expect(format.time(kickOff, "localtime")).toContain("UTC");
    expect(format.when(kickOff, "Moon/Tranquility")).toContain("UTC");
    expect(format.longDay(kickOff, "localtime")).not.toContain("UTC");
    expect(dayOf(kickOff, "localtime")).toBe("2027-03-14");
  });

  it("is no matter of the known ones", () => {
    expect(format.time(kickOff, "Europe/Berlin")).toBe("23:45");
    expect(dayOf(kickOff, "Asia/Tokyo")).toBe("2027-03-15");
  });
});
