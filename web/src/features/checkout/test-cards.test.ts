import { describe, expect, it } from "vitest";
import { cardOf, codeOnly, faultsOf, groupedNumber, spacedExpiry, TEST_CARDS } from "./test-cards";

const NOW = Date.parse("2026-11-24T10:00:00Z");
const GOOD = { number: "4242 4242 4242 4242", expiry: "11 / 26", code: "123" };

describe("a card's fields", () => {
  it("show what is typed as it stands on a card", () => {
    expect(groupedNumber("4242-4242 42424242")).toBe("4242 4242 4242 4242");
    expect(groupedNumber("42424")).toBe("4242 4");
    expect(groupedNumber("9".repeat(30))).toBe("9999 9999 9999 9999 999");
    expect(codeOnly("12a34567")).toBe("1234");
  });

  it.each([
    ["1", "1"],
    ["12", "12"],
    ["123", "12 / 3"],
    ["7", "07"],
    ["1/30", "01 / 30"],
    ["01/2030", "01 / 30"],
    ["12 / 34", "12 / 34"],
    ["12 / 3", "12 / 3"],
  ])("read the date %s as %s", (typed, shown) => {
    expect(spacedExpiry(typed)).toBe(shown);
  });

  it("know each test card by its number, and no other card", () => {
    for (const { number, token } of TEST_CARDS) {
      expect(faultsOf({ ...GOOD, number: groupedNumber(number) }, NOW)).toEqual([]);
      expect(cardOf(groupedNumber(number))?.token).toBe(token);
    }
    expect(faultsOf({ ...GOOD, number: "5555 5555 5555 4444" }, NOW)).toEqual(["noTest"]);
  });

  it("refuse a number that is none, a date that is over, a code that is too short", () => {
    expect(faultsOf({ number: "4242 4242 4242 4241", expiry: "10 / 26", code: "12" }, NOW)).toEqual([
      "number",
      "expiry",
      "code",
    ]);
    expect(faultsOf({ number: "", expiry: "", code: "" }, NOW)).toEqual(["number", "expiry", "code"]);
    expect(faultsOf({ ...GOOD, expiry: "13 / 30" }, NOW)).toEqual(["expiry"]);
    expect(faultsOf({ ...GOOD, expiry: "12 / 3" }, NOW)).toEqual(["expiry"]);
  });
});
