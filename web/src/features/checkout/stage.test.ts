import { describe, expect, it } from "vitest";
import type { Venue } from "@/shared/api/contract";
import { seatWords } from "@/shared/map/seat-words";
import { order, standingTicket, ticket, VENUE } from "@/testing/fixtures";
import { endedAs, groupPlaces, groupTickets, laterOf, pollEvery, sameAgain, stageOf } from "./stage";
import { seatsOf } from "./summary";

const at = Date.parse(order().serverTime);

describe("stageOf", () => {
  it.each([
    [{}, 1, "pay"],
    [{}, 0, "ending"],
    [{ paymentStatus: "FAILED" }, 1, "pay"],
    [{ paymentStatus: "PROCESSING" }, 0, "processing"],
    [{ paymentStatus: "RETRYING" }, 1, "processing"],
    [{ paymentStatus: "REQUIRES_ACTION" }, 1, "action"],
    [{ status: "CONFIRMED", paymentStatus: "SUCCEEDED" }, 0, "confirmed"],
    [{ status: "PARTIALLY_REFUNDED" }, 0, "confirmed"],
    [{ status: "EXPIRED" }, 0, "expired"],
    [{ status: "CANCELLED" }, 1, "released"],
    [{ status: "FAILED" }, 1, "failed"],
    [{ status: "REFUNDED" }, 1, "refunded"],
  ] as const)("%o with %i ms left is %s", (change, left, stage) => {
    expect(stageOf(order(change), left)).toBe(stage);
  });
});

it("goes by the tickets where the money is not back yet", () => {
  const gone = ticket({ status: "VOID" });
  expect(stageOf(order({ status: "CONFIRMED", tickets: [gone, gone] }), 1)).toBe("void");
  expect(stageOf(order({ status: "CONFIRMED", tickets: [gone, ticket()] }), 1)).toBe("confirmed");
});

describe("endedAs", () => {
  it.each([
    ["released", "ON_SALE", "released"],
    ["released", "CANCELLED", "eventCancelled"],
    ["void", "CANCELLED", "void"],
    ["refunded", "ON_SALE", "refunded"],
    ["confirmed", "CANCELLED", null],
    ["pay", "ON_SALE", null],
  ] as const)("%s of an event that is %s is %s", (stage, status, ended) => {
    expect(endedAs(stage, { status })).toBe(ended);
  });
});

describe("pollEvery", () => {
  it("asks each 2 s while the bank decides", () => {
    expect(pollEvery(order({ paymentStatus: "PROCESSING" }), at, at)).toBe(2_000);
    expect(pollEvery(order({ paymentStatus: "REQUIRES_ACTION" }), at, at)).toBe(2_000);
  });

  it("is rare while there is time, exact at the end, and stops when it is over", () => {
    expect(pollEvery(order(), at, at)).toBe(15_000);
    expect(pollEvery(order(), at, at + 475_000)).toBe(6_000);
    expect(pollEvery(order(), at, at + 481_000)).toBe(1_000);
    expect(pollEvery(order({ status: "CONFIRMED" }), at, at)).toBe(false);
    expect(pollEvery(undefined, 0, at)).toBe(false);
  });
});

it("keeps the order with the later server time, whichever way it came", () => {
  const late = order({ status: "CONFIRMED", serverTime: "2026-11-24T10:00:05Z" });
  expect(laterOf(late, order())).toBe(late);
  expect(laterOf(order(), late)).toBe(late);
  expect(laterOf(undefined, late)).toBe(late);
});

it("reads tickets of one row as one line", () => {
  const standing = standingTicket({ sectionId: "terrace", amount: 2550, fee: 250 });
  const groups = groupTickets([ticket({ seat: 14 }), ticket(), standing]);
  expect(groups).toMatchObject([
    { sectionId: "stand", row: "F", seats: [13, 14], count: 2, each: 6800, total: 13_600 },
    { sectionId: "terrace", row: null, seats: [], count: 1, total: 2800 },
  ]);
});

it.each([
  [[13, 14, 15], "13–15"],
  [[13, 15], "13, 15"],
  [[2, 3, 7], "2–3, 7"],
])("seats %j read %s", (seats, words) => expect(seatWords(seats)).toBe(words));

it("asks for the same seats by name, and for standing places by number", () => {
  const standing = standingTicket({ sectionId: "terrace" });
  expect(sameAgain(order({ tickets: [...order().tickets, standing, standing] }), "SPRING")).toEqual({
    eventId: "event-1",
    promoCode: "SPRING",
    tickets: [
      {
        sectionId: "stand",
        priceLevel: "adult",
        quantity: 2,
        seats: [
          { row: "F", seat: 13 },
          { row: "F", seat: 14 },
        ],
      },
      { sectionId: "terrace", priceLevel: "adult", quantity: 2 },
    ],
    paymentMethod: { type: "card" },
  });
});

it("names the numbers that stand on the seats", () => {
  const [terrace, stand] = VENUE.sections;
  const rows = [{ label: "F", seats: 20, numbering: { start: 101, step: 2 } }];
  const venue = { ...VENUE, sections: [terrace, { ...stand, rows }] } as Venue;
  const [group] = groupPlaces([ticket({ row: "F", seat: 13 }), ticket({ row: "F", seat: 14 })]);
  expect(group && seatsOf(group, venue)).toBe("125, 127");
});

it("names a family's places together, whatever each of them costs", () => {
  const [adult, other] = [ticket({ row: "F", seat: 13 }), ticket({ row: "F", seat: 15 })];
  const child = ticket({ row: "F", seat: 14, priceLevel: "CHILD", amount: 1000 });
  const places = groupPlaces([adult, other, child, standingTicket()]);
  expect(places.map(({ row, seats, count }) => [row, seatWords(seats), count])).toEqual([
    ["F", "13–15", 3],
    [null, "", 1],
  ]);
});
