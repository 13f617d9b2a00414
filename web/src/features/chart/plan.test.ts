import { describe, expect, it } from "vitest";
import {
  added,
  boundsOf,
  cornered,
  filled,
  flagged,
  flagOf,
  gated,
  moved,
  placesIn,
  planOf,
  seatsOf,
  splitCorner,
  ungated,
} from "./plan";

const EMPTY = planOf({ version: 1, sections: [] });

describe("a plan", () => {
  it("begins with a square, and each next one lies below", () => {
    const two = added(added(EMPTY, "North"), "South");
    expect(two.sections.map(({ shape }) => shape[0])).toEqual([
      [0, 0],
      [0, 70],
    ]);
    expect(boundsOf(two)).toEqual([0, 0, 60, 130]);
  });

  it("moves a section with the rows that were drawn in it", () => {
    const drawn = planOf({
      version: 1,
      sections: [
        {
          name: "N",
          kind: "SEATED",
          shape: [
            [0, 0],
            [4, 0],
            [4, 4],
          ],
          rows: [
            {
              label: "A",
              seats: 2,
              line: [
                [1, 1],
                [3, 1],
              ],
            },
            { label: "B", seats: 2, arc: { centre: [2, 9], radius: 6, start: 0, end: 90 } },
          ],
        },
      ],
    });
    const [section] = moved(drawn, 0, [10, -1]).sections;
    expect(section?.shape).toEqual([
      [10, -1],
      [14, -1],
      [14, 3],
    ]);
    expect(section?.rows[0]?.line).toEqual([
      [11, 0],
      [13, 0],
    ]);
    expect(section?.rows[1]?.arc?.centre).toEqual([12, 8]);
  });

  it("takes a corner elsewhere, and makes one more", () => {
    const one = added(EMPTY, "North");
    expect(cornered(one, 0, 2, [80, 50.126]).sections[0]?.shape[2]).toEqual([80, 50.13]);
    expect(splitCorner(one, 0, 3).sections[0]?.shape).toHaveLength(5);
    expect(splitCorner(one, 0, 3).sections[0]?.shape[4]).toEqual([0, 30]);
  });

  it("is filled with rows; labels and flags that still fit stay", () => {
    const three = filled(added(EMPTY, "North"), 0, { rows: 3, seats: 10 });
    const flags = flagged(three, 0, 1, [2, 9], "accessible");
    const fewer = filled(flags, 0, { rows: 2, seats: 8 }).sections[0];
    expect(fewer?.rows.map(({ label, seats, accessible }) => [label, seats, accessible])).toEqual([
      ["A", 8, []],
      ["B", 8, [2]],
    ]);
    expect(fewer && placesIn(fewer)).toBe(16);
  });

  it("has a seat of one kind", () => {
    const plan = filled(added(EMPTY, "North"), 0, { rows: 1, seats: 5 });
    const both = flagged(flagged(plan, 0, 0, [1, 2], "accessible"), 0, 0, [2], "restricted");
    const row = both.sections[0]?.rows[0];
    expect(row && [1, 2, 3].map((seat) => flagOf(row, seat))).toEqual(["accessible", "restricted", null]);
    const plain = flagged(both, 0, 0, [1, 2], null).sections[0]?.rows[0];
    expect(plain).toMatchObject({ accessible: [], restricted: [], companion: [] });
  });

  it("forgets a gate in the sections that named it", () => {
    const plan = gated(added(EMPTY, "North"), "A");
    const named = { ...plan, sections: plan.sections.map((section) => ({ ...section, gate: "A" })) };
    expect(ungated(named, 0).sections[0]?.gate).toBeNull();
  });
});

describe("seats in words", () => {
  it.each([
    ["1-3 5", [1, 2, 3, 5]],
    ["5, 1", [1, 5]],
    ["", []],
    ["0", null],
    ["9-8", null],
    ["11", null],
    ["a", null],
  ])("%s", (text, expected) => expect(seatsOf(text, 10)).toEqual(expected));
});
