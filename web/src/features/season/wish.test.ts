import { expect, it } from "vitest";
import type { SectionSeats } from "@/shared/map/seat-house";
import { askedOf, freeAtAll, queryOf, wishOf } from "./wish";

const date = (rows: Record<string, string>): SectionSeats => ({
  sectionId: "stand",
  sequence: 1,
  rows: Object.entries(rows).map(([label, seats]) => ({ label, seats })),
});

it("a seat is free for a season where it is free at every date, by row and number", () => {
  expect(freeAtAll([])).toEqual([]);
  expect(
    freeAtAll([
      date({ A: "FFHF", B: "FF", C: "FF" }),
      date({ B: "FS", A: "BFFF", D: "FF" }),
      // Another drawing: the row is shorter.
      date({ A: "FFF", B: "FF", C: "FF" }),
    ]),
  ).toEqual([
    { label: "A", seats: [2] },
    { label: "B", seats: [1] },
  ]);
});

it("what is wanted survives the way through the address, whatever a row is called", () => {
  const wish = {
    sectionId: "stand",
    level: "ADULT",
    count: 2,
    seats: [
      { row: "A.1 & B", seat: 12 },
      { row: "7", seat: 3 },
    ],
  };
  expect(wishOf(new URLSearchParams(queryOf(wish).toString()))).toEqual(wish);
  expect(wishOf(new URLSearchParams("count=-1&seat=x&seat=.A&seat=1."))).toEqual({
    sectionId: "",
    level: "",
    count: 1,
    seats: [],
  });
});

it("seats are named and standing places are counted", () => {
  const wish = { sectionId: "stand", level: "ADULT", count: 3, seats: [{ row: "A", seat: 1 }] };
  expect(askedOf(wish, ["one", "two"], true)).toEqual({
    eventIds: ["one", "two"],
    tickets: [{ sectionId: "stand", priceLevel: "ADULT", quantity: 1, seats: [{ row: "A", seat: 1 }] }],
  });
  expect(askedOf(wish, ["one"], false).tickets).toEqual([
    { sectionId: "stand", priceLevel: "ADULT", quantity: 3 },
  ]);
});
