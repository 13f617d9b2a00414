import { describe, expect, it } from "vitest";
import { spoken } from "@/shared/i18n/translate";
import { money } from "../i18n/format";
import { pillFor } from "./event-pill";
import { ageWords } from "./live-mark";
import { knit } from "./scarf-design";

describe("scarves", () => {
  it("is the same for the same name, and a team keeps its colour in every match", () => {
    expect(knit("Harbour City v Northgate United")).toEqual(knit("Harbour City v Northgate United"));
    expect(knit("Harbour City v Old Mill Rovers")[0]?.yarn).toBe(knit("Harbour City v Kingsport")[0]?.yarn);
  });

  it("parts two teams in colour and pattern", () => {
    const [home, away] = knit("Harbour City v Harbour City");
    expect(home?.yarn).not.toBe(away?.yarn);
    expect(home?.pattern).not.toBe(away?.pattern);
  });

  it("writes whole words where they fit", () => {
    expect(knit("Old Mill Rovers vs Riverside Athletic").map((end) => end.letters)).toEqual([
      "OLD MILL",
      "RIVERSIDE",
    ]);
    expect(knit("The Long Meridian, stadium tour").map((end) => end.letters)).toEqual(["LONG MERIDIAN"]);
    expect(knit("Orchestra of the Tides").map((end) => end.letters)).toEqual(["ORCHESTRA"]);
  });
});

describe("pills", () => {
  it.each([
    ["ON_SALE", 500, "status.available"],
    ["ON_SALE", 29, "status.left"],
    ["ON_SALE", 0, "status.allHeld"],
    ["LIVE", 500, "status.LIVE"],
    ["SOLD_OUT", 5, "status.SOLD_OUT"],
    ["DRAFT", 5, "status.DRAFT"],
    ["POSTPONED", 5, "status.POSTPONED"],
  ] as const)("%s with %i free says %s", (status, free, key) => {
    expect(pillFor({ status }, free, 1000).key).toBe(key);
  });

  it("calls under 3 % few as well", () => {
    expect(pillFor({ status: "ON_SALE" }, 1000, 50_000)).toMatchObject({ key: "status.left", left: 1000 });
  });
});

describe("numbers", () => {
  it("knows a currency's minor unit", () => {
    expect(money(13_600, "EUR", "en")).toBe("€136.00");
    expect(money(2800, "EUR", "en", true)).toBe("€28");
    expect(money(2850, "EUR", "en", true)).toBe("€28.50");
    expect(money(500, "JPY", "en")).toContain("500");
  });

  it.each([
    [1, "just now"],
    [24, "24 s ago"],
    [125, "2 min ago"],
    [7200, "2 h ago"],
  ])("%i s old reads %s", (seconds, words) => expect(ageWords(spoken().t, seconds)).toBe(words));
});
