import { describe, expect, it } from "vitest";
import { instantOf, localOf, minorOf } from "@/shared/i18n/format";
import { event, VENUE } from "@/testing/fixtures";
import { brings, changesOf, decide, formOf, merge, openChecks, painted, unpriced } from "./form";

const base = formOf(event());
const NOW = Date.parse("2026-11-29T12:00:00Z");

describe("changes", () => {
  it("are sent alone", () => {
    expect(changesOf(base, { ...base })).toBeNull();
    expect(changesOf(base, { ...base, name: "Other", salesEndAt: null })).toEqual({ name: "Other" });
    const opens = { salesStartAt: "2099-01-01T10:00:00Z" };
    expect(changesOf(base, { ...base, ...opens })).toEqual(opens);
    expect(changesOf({ ...base, salesEndAt: "2099-01-01T00:00:00Z" }, base)).toEqual({ salesEndAt: null });
  });

  it("of two people become one where they touch different things", () => {
    const mine = { ...base, name: "Mine" };
    const theirs = { ...base, description: "Theirs" };
    expect(merge(base, mine, theirs)).toEqual({
      form: { ...base, name: "Mine", description: "Theirs" },
      conflicts: [],
    });
  });

  it("of two people to the same thing are a conflict, unless they are the same", () => {
    const mine = { ...base, name: "Mine", taxRate: 700 };
    const theirs = { ...base, name: "Theirs", taxRate: 700 };
    const merged = merge(base, mine, theirs);
    expect(merged.conflicts).toEqual(["name"]);
    expect(merged.form.name).toBe("Mine");
    expect(decide(merged.form, theirs, ["name"]).name).toBe("Theirs");
  });
});

describe("prices", () => {
  it("paint a section out of the others of the same level, and leave other levels alone", () => {
    const tiers = base.pricingTiers;
    expect(painted(tiers, 0, "stand").map(({ sectionIds }) => sectionIds)).toEqual([
      ["terrace", "stand"],
      [],
      ["stand"],
    ]);
  });

  it("say which sections have none, and what a full house brings", () => {
    const [terrace, stand] = VENUE.sections;
    expect(unpriced([], VENUE.sections)).toEqual([terrace, stand]);
    expect(unpriced(base.pricingTiers, VENUE.sections)).toEqual([]);
    expect(base.pricingTiers.map((tier) => brings(tier, VENUE.sections))).toEqual([
      2_800_000, 13_600_000, 6_000_000,
    ]);
  });
});

describe("the checklist", () => {
  it("names what is open", () => {
    expect(openChecks({ ...base, description: "A match." }, VENUE.sections, NOW)).toEqual([]);
    const empty = { ...base, name: " ", pricingTiers: [], endTime: base.startTime };
    expect(openChecks(empty, VENUE.sections, NOW)).toEqual(["name", "times", "prices", "description"]);
    const half = { ...base, pricingTiers: base.pricingTiers.slice(0, 1), startTime: "2020-01-01T00:00:00Z" };
    expect(openChecks(half, VENUE.sections, NOW)).toEqual(["times", "sections", "description"]);
  });
});

describe("what is typed", () => {
  it("is an amount or none", () => {
    expect(["25.50", "25,5", "25", "0"].map((text) => minorOf(text, "EUR"))).toEqual([2550, 2550, 2500, 0]);
    expect(["", "-1", "1.234", "a", "1e3"].map((text) => minorOf(text, "EUR"))).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
    expect([minorOf("1200", "JPY"), minorOf("1200.5", "JPY")]).toEqual([1200, null]);
  });

  it("is a time on the clocks of the venue, also around a change of clocks", () => {
    expect(instantOf("2026-07-01T19:45", "Europe/Berlin")).toBe("2026-07-01T17:45:00Z");
    expect(instantOf("2026-03-29T03:30", "Europe/Berlin")).toBe("2026-03-29T01:30:00Z");
    expect(instantOf("2026-10-25T01:30", "Europe/Berlin")).toBe("2026-10-24T23:30:00Z");
    expect(localOf("2026-07-01T17:45:00Z", "America/New_York")).toBe("2026-07-01T13:45");
    expect(instantOf("", "Europe/Berlin")).toBeNull();
  });
});
