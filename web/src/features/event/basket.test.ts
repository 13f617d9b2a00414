import { describe, expect, it } from "vitest";
import { event } from "@/testing/fixtures";
import { drop, linesOf, pick, relevel, resize, standIn, stillSold, sumOf, type Wish } from "./basket";
import vectors from "./basket-vectors.json";
import { read, write } from "./wish-url";

const BOTH = { sold: ["adult", "child"], max: 4 };
const seat = (number: number) => ({ sectionId: "stand", seat: { row: "F", seat: number } });
const empty: Wish = { party: { adult: 2, child: 1 }, picks: [] };
const family = [1, 2, 3].reduce((wish, number) => pick(wish, seat(number), BOTH), empty);
const levels = (wish: Wish) => wish.picks.map(({ priceLevel }) => priceLevel);

describe("a basket", () => {
  it("gives each place the price of somebody who still lacks one", () => {
    expect(levels(family)).toEqual(["adult", "adult", "child"]);
    expect(linesOf(family.picks).map(({ quantity, priceLevel }) => [quantity, priceLevel])).toEqual([
      [2, "adult"],
      [1, "child"],
    ]);
    expect(sumOf(family.picks, event().pricingTiers)).toEqual({
      amount: 15_700,
      fees: 900,
      discount: 0,
      total: 16_600,
    });
  });

  it("grows with who is added, never past the limit, and takes no seat twice", () => {
    const four = pick(family, seat(4), BOTH);
    expect(four.party).toEqual({ adult: 3, child: 1 });
    expect(pick(four, seat(5), BOTH)).toBe(four);
    expect(pick(family, seat(1), BOTH)).toBe(family);
  });

  it("lets a place go and its price be another", () => {
    const first = family.picks[0];
    if (first === undefined) throw new Error("nobody");
    expect(drop(family, first)).toEqual({ party: family.party, picks: family.picks.slice(1) });
    expect(relevel(family, first, "child").party).toEqual({ adult: 1, child: 2 });
    expect(levels(resize(family, "adult", 1))).toEqual(["adult", "child"]);
    expect(resize({ party: { adult: 1 }, picks: [] }, "adult", 0)).toEqual({
      party: { adult: 1 },
      picks: [],
    });
  });

  it("holds places where one stands and named seats in one order", () => {
    const mixed = standIn(pick(empty, seat(1), BOTH), "terrace", BOTH);
    expect(linesOf(mixed.picks)).toEqual([
      { sectionId: "stand", quantity: 1, priceLevel: "adult", seats: [{ row: "F", seat: 1 }] },
      { sectionId: "terrace", quantity: 1, priceLevel: "adult" },
      { sectionId: "terrace", quantity: 1, priceLevel: "child" },
    ]);
  });

  it("forgets a level that is not sold any more, not who had it", () => {
    const tiers = event().pricingTiers.filter(({ priceLevel }) => priceLevel !== "child");
    expect(stillSold(family, tiers).party).toEqual({ adult: 3 });
    expect(levels(stillSold(family, tiers))).toEqual(["adult", "adult", "adult"]);
    expect(stillSold(family, event().pricingTiers)).toBe(family);
  });
});

describe("what a basket costs", () => {
  const tiers = vectors.sections.map((price, n) => ({
    ...price,
    priceLevel: "adult",
    name: "Adult",
    sectionIds: [`section-${n}`],
    currency: "EUR",
  }));
  it.each(vectors.orders)("$name", ({ lines, code, sums }) => {
    const picks = lines.flatMap(([section = 0, quantity]) =>
      Array.from({ length: quantity ?? 0 }, () => ({
        sectionId: `section-${section}`,
        priceLevel: "adult",
        seat: null,
      })),
    );
    const offer = code && {
      kind: code.kind as "PERCENT" | "AMOUNT",
      value: code.value,
      sectionIds: code.sections?.map((n) => `section-${n}`) ?? null,
    };
    const { amount, fees, discount, total } = sumOf(picks, tiers, offer);
    expect([amount, fees, discount, total]).toEqual(sums);
  });
});

describe("the address", () => {
  const ids = ["07d39668-aea6-56b0-b893-63f44888d810", "terrace-2"];
  const usual = { adult: 2 };
  const whole = {
    view: "list" as const,
    sectionId: ids[0] as string,
    price: 6_800,
    isAccessible: true,
    wish: {
      party: { adult: 1, "2~for:1": 2 },
      picks: [
        { sectionId: ids[0] as string, priceLevel: "2~for:1", seat: { row: "A.B~C", seat: 7 } },
        { sectionId: ids[1] as string, priceLevel: "adult", seat: null },
      ],
    },
  };

  it("gives back what it was given, whatever it is called", () => {
    const text = write(whole, usual).toString();
    expect(read(new URLSearchParams(text), ids, usual)).toEqual(whole);
  });

  it("tells sections apart that were made in the same moment, and takes what could be either for neither", () => {
    const twins = ["01a227e6-5d5f-733b-84cc-5a145c3dedd9", "01a227e6-5d5f-733b-84cc-5a145c3deddb"];
    for (const sectionId of twins) {
      const picks = [{ sectionId, priceLevel: "adult", seat: null }];
      const text = write({ ...whole, sectionId, wish: { party: usual, picks } }, usual).toString();
      const found = read(new URLSearchParams(text), twins, usual);
      expect([found.sectionId, found.wish.picks]).toEqual([sectionId, picks]);
    }
    expect(read(new URLSearchParams("section=01a227e6"), twins, usual).sectionId).toBeNull();
    expect(read(new URLSearchParams("section=07d39668"), ids, usual).sectionId).toBe(ids[0]);
  });

  it("is empty where nothing was chosen", () => {
    const plain = read(new URLSearchParams(), ids, usual);
    expect(write(plain, usual).toString()).toBe("");
    expect(plain.wish).toEqual({ party: usual, picks: [] });
  });

  it("takes nonsense for nothing", () => {
    const odd = new URLSearchParams(
      "party=x.-1~.3~%ZZ.2&picks=zzz:a:b~07d39668::~07d39668:adult:F.x&price=abc&section=",
    );
    expect(read(odd, ids, usual)).toEqual({
      view: "map",
      sectionId: null,
      price: null,
      isAccessible: false,
      wish: { party: usual, picks: [] },
    });
  });
});
