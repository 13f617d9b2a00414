import { describe, expect, it } from "vitest";
import { ApiError } from "@/shared/api/errors";
import { availability, event, VENUE } from "@/testing/fixtures";
import type { Pick } from "./basket";
import { conflictOf, shortageOf } from "./clash";
import { offersOf } from "./offers";

const pick = (seat: number, priceLevel = "adult", sectionId = "stand"): Pick => ({
  sectionId,
  seat: { row: "A", seat },
  priceLevel,
});
const standing = (priceLevel = "adult"): Pick => ({ sectionId: "terrace", seat: null, priceLevel });
const at = (seat: number, sectionId = "stand") => ({ sectionId, row: "A", seat });
const refusal = (seats: object[], nearest: object[]) =>
  new ApiError({ code: "SEAT001", status: 409, message: "", details: { seats, nearest } });
const seatsOf = (picks: readonly Pick[] | null | undefined) => picks?.map(({ seat }) => seat?.seat);

describe("seats that are gone", () => {
  it("are replaced by the whole line that the server found, in which one of them may be had already", () => {
    const conflict = conflictOf(refusal([at(5)], [at(6), at(7)]), [pick(5), pick(6)]);
    expect(seatsOf(conflict?.instead)).toEqual([6, 7]);
    expect(conflict?.nearest).toEqual([at(6), at(7)]);
  });

  it("leave other lines alone, and each level its own seats", () => {
    const family = [pick(5), pick(6, "child"), pick(7), pick(9, "adult", "other")];
    const conflict = conflictOf(refusal([at(7)], [at(4), at(5)]), family);
    expect(conflict?.instead?.map(({ seat, priceLevel }) => [seat?.seat, priceLevel])).toEqual([
      [4, "adult"],
      [6, "child"],
      [5, "adult"],
      [9, "adult"],
    ]);
  });

  it("of two lines of a section are all found anew", () => {
    const picks = [pick(5), pick(6, "child")];
    const conflict = conflictOf(refusal([at(5), at(6)], [at(1), at(2)]), picks);
    expect(conflict?.instead?.map(({ seat, priceLevel }) => [seat?.seat, priceLevel])).toEqual([
      [1, "adult"],
      [2, "child"],
    ]);
  });

  it("take what is new where there are not as many, and nothing where that is not enough", () => {
    const picks = [pick(3), pick(4), pick(5)];
    expect(seatsOf(conflictOf(refusal([at(3)], [at(1), at(4)]), picks)?.instead)).toEqual([1, 4, 5]);
    expect(conflictOf(refusal([at(3)], [at(4), at(5)]), picks)?.instead).toBeNull();
    expect(conflictOf(refusal([at(3)], []), picks)?.instead).toBeNull();
  });
});

describe("places without a number", () => {
  const offers = (available: number) => {
    const sections = availability().sections.map((each) => ({ ...each, available }));
    return offersOf(event(), VENUE.sections, availability({ sections }));
  };
  const party = { adult: 2, child: 1 };

  it("are cut to what is there, from who was added last", () => {
    const picks = [standing(), pick(1), standing("child")];
    expect(shortageOf({ party, picks }, offers(1))).toEqual({
      sections: [{ name: "Terrace", free: 1, wanted: 2 }],
      wanted: 2,
      left: { party: { adult: 2, child: 0 }, picks: [standing(), pick(1)] },
      count: 2,
    });
  });

  it("cannot be cut to none at all, nor where all of them are there by now", () => {
    expect(shortageOf({ party, picks: [standing()] }, offers(0))?.left).toBeNull();
    expect(shortageOf({ party, picks: [standing()] }, offers(5))?.left).toBeNull();
    expect(shortageOf({ party, picks: [pick(1)] }, offers(5))).toBeNull();
  });
});
