import { http } from "msw";
import { describe, expect, it } from "vitest";
import type { CapacityUpdate, PricingTier, Section } from "@/shared/api/contract";
import { availability, event } from "@/testing/fixtures";
import { api, ok, refuse, server } from "@/testing/server";
import { type Asked, propose } from "./find";
import { freeWords, goodFor, type Offer, offersOf } from "./offers";

// Four stands: West is dear and sells adults alone, East, North and South sell to children too.
const section = (id: string): Section => ({ id, name: id, kind: "SEATED", capacity: 100, gate: null });
const SECTIONS = ["west", "east", "north", "south"].map(section);
const tier = (priceLevel: string, amount: number, ...sectionIds: string[]): PricingTier => ({
  priceLevel,
  name: priceLevel,
  sectionIds,
  amount,
  fee: 0,
  currency: "EUR",
});
const TIERS = [
  tier("adult", 9000, "west"),
  tier("adult", 5000, "east", "north"),
  tier("adult", 3000, "south"),
  tier("child", 2000, "east", "north", "south"),
];
const FAMILY = { adult: 2, child: 1 };

const counts = (free: Record<string, number> = {}): CapacityUpdate =>
  availability({
    sections: SECTIONS.map(({ id }) => ({
      sectionId: id,
      capacity: 100,
      available: free[id] ?? 50,
      held: 0,
      sold: 0,
    })),
  });
function asking(change: Partial<Asked> = {}, known: CapacityUpdate | undefined = counts()): Asked {
  const tiers = change.tiers ?? TIERS;
  return {
    eventId: "event-1",
    party: FAMILY,
    tiers,
    offers: offersOf(event({ pricingTiers: tiers }), SECTIONS, known),
    price: null,
    isAccessible: false,
    promoCode: null,
    sectionId: null,
    ...change,
  };
}

interface Body {
  quantity: number;
  priceLevel: string;
  sectionId?: string;
}
/** Answers as `answer` does with the name of a section, and keeps what was asked. */
function finds(answer: (body: Body) => string | object | undefined) {
  const asked: Body[] = [];
  server.use(
    http.post(api("/events/:id/best-available"), async ({ request }) => {
      const body = (await request.json()) as Body;
      asked.push(body);
      const found = answer(body);
      if (found === undefined) return refuse(409, "EVENT002");
      const seats = Array.from({ length: body.quantity }, (_, n) => ({ row: "A", seat: n + 1 }));
      return ok(typeof found === "string" ? { sectionId: found, seats, adjacent: true } : found);
    }),
  );
  return asked;
}
const shown = (made: Awaited<ReturnType<typeof propose>>) =>
  made.map(({ reason, picks }) => [reason, ...picks.map((each) => `${each.sectionId} ${each.priceLevel}`)]);
const family = (id: string) => [`${id} adult`, `${id} adult`, `${id} child`];

describe("a family's proposals", () => {
  it("are asked for at the level that fewest sections sell, and have everybody's price", async () => {
    const asked = finds(({ sectionId }) => sectionId ?? "east");
    expect(shown(await propose(asking()))).toEqual([
      ["view", ...family("east")],
      ["cheap", ...family("south")],
    ]);
    expect(asked.map(({ priceLevel, quantity }) => [priceLevel, quantity])).toEqual([
      ["child", 3],
      ["child", 3],
    ]);
  });

  it("pass over a section that does not sell somebody's level, to the next good one", async () => {
    // West sells to adults alone, South to children alone: neither level says where both are sold.
    const tiers = [
      tier("adult", 9000, "west"),
      tier("adult", 5000, "east", "north"),
      tier("child", 2000, "east", "north", "south"),
    ];
    const asked = finds(({ sectionId }) => (sectionId === "east" ? undefined : (sectionId ?? "west")));
    expect(shown(await propose(asking({ tiers }, counts({ north: 40 }))))).toEqual([
      ["view", ...family("north")],
    ]);
    expect(new Set(asked.map(({ sectionId }) => sectionId))).toEqual(new Set([undefined, "east", "north"]));
  });

  it("never have an adult's ticket for the child, nor a level at which nobody comes", async () => {
    finds(() => "west");
    expect(await propose(asking())).toEqual([]);
    expect(await propose(asking({ sectionId: "west" }))).toEqual([]);
    expect(shown(await propose(asking({ party: { child: 0, adult: 2 } })))).toEqual([
      ["view", "west adult", "west adult"],
    ]);
  });

  it("know every price while the counts are not there, and while the chart is not", async () => {
    finds(({ sectionId }) => sectionId ?? "east");
    const uncounted = { ...asking(), offers: offersOf(event({ pricingTiers: TIERS }), SECTIONS, undefined) };
    expect(shown(await propose(uncounted))).toEqual([
      ["view", ...family("east")],
      ["cheap", ...family("south")],
    ]);
    expect(shown(await propose(asking({ offers: [] })))).toEqual([["view", ...family("east")]]);
  });

  it("over two sections give the child the place that is sold to children", async () => {
    const seats = [
      { row: "A", seat: 1, sectionId: "east" },
      { row: "A", seat: 1, sectionId: "west" },
      { row: "A", seat: 2, sectionId: "west" },
    ];
    finds(({ sectionId }) => (sectionId ? undefined : { sectionId: "east", seats, adjacent: false }));
    const [made, ...others] = await propose(asking());
    expect(others).toEqual([]);
    expect(made?.isTogether).toBe(false);
    expect(made?.picks.map((each) => [each.sectionId, each.seat?.seat, each.priceLevel])).toEqual([
      ["west", 1, "adult"],
      ["west", 2, "adult"],
      ["east", 1, "child"],
    ]);
  });

  it("are not two groups where one of them would sit at no price of theirs", async () => {
    const halves = (...where: string[]) =>
      finds(({ quantity }) => {
        const at = quantity === 2 ? where.shift() : undefined;
        const seats = [1, 2].map((seat) => ({ row: "A", seat }));
        return at && { sectionId: at, seats, adjacent: true };
      });
    const party = { adult: 1, child: 3 };
    halves("east", "north");
    expect(shown(await propose(asking({ party })))).toEqual([
      ["apart", "east adult", "east child", "north child", "north child"],
    ]);
    halves("east", "west");
    expect(await propose(asking({ party }))).toEqual([]);
  });
});

describe("one price alone", () => {
  it("is not left, neither for a better view nor for two groups", async () => {
    const halves = ["east", "north"];
    finds(({ sectionId }) => sectionId ?? halves.shift());
    const party = { adult: 3, child: 1 };
    expect(shown(await propose(asking({ party, price: 3000 })))).toEqual([
      ["cheap", "south adult", "south adult", "south adult", "south child"],
    ]);
  });
});

it("only sections that sell to everybody are good for a party", () => {
  const { offers } = asking();
  expect(goodFor(offers, FAMILY, null).map(({ section: { id } }) => id)).toEqual(["south", "east", "north"]);
  expect(goodFor(offers, { adult: 2, child: 0 }, null)).toHaveLength(4);
});

describe("wheelchair places", () => {
  const couple = { adult: 2, child: 0 };
  const with_ = (numbers: Pick<Offer, "free" | "kept" | "keptFree">): Offer => ({
    ...(asking().offers[0] as Offer),
    ...numbers,
  });

  it("that are sold take nothing from what is free for everybody", () => {
    const few = with_({ free: 10, kept: 20, keptFree: 0 });
    expect(goodFor([few], couple, null)).toEqual([few]);
    expect(goodFor([{ ...few, keptFree: 9 }], couple, null)).toEqual([]);
    // Before a seat is known any of them may be free.
    expect(goodFor([{ ...few, keptFree: undefined }], couple, null)).toEqual([]);
  });

  it("are named where nothing else is left", () => {
    expect(freeWords(with_({ free: 4, kept: 6, keptFree: 4 }))).toBe("section.onlyKept");
    expect(freeWords(with_({ free: 5, kept: 6, keptFree: 4 }))).toBe("section.free");
    expect(freeWords(with_({ free: 4, kept: 6, keptFree: undefined }))).toBe("section.free");
    expect(freeWords(with_({ free: 0, kept: 6, keptFree: 0 }))).toBe("section.free");
  });
});
