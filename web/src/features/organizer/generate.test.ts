import { describe, expect, it } from "vitest";
import { rowLabel } from "@/shared/row-label";
import { placesOf, type Stand, sectionsOf } from "./generate";

const stand = (change: Partial<Stand> = {}): Stand => ({
  name: "North",
  kind: "SEATED",
  sections: 2,
  rows: 3,
  seats: 10,
  gate: "A",
  ...change,
});

describe("a house", () => {
  it("has the sections, rows and places that were asked for", () => {
    const [first, second] = sectionsOf([stand()]);
    expect(first).toMatchObject({
      name: "North 1",
      gate: "A",
      rows: [
        { label: "A", seats: 10 },
        { label: "B", seats: 10 },
        { label: "C", seats: 10 },
      ],
    });
    expect(second?.name).toBe("North 2");
    expect(placesOf(stand())).toBe(60);
    expect(sectionsOf([stand({ kind: "GENERAL", sections: 1, gate: " " })])).toEqual([
      { name: "North", kind: "GENERAL", capacity: 10, shape: expect.any(Array) },
    ]);
  });

  it("has no two sections on one another", () => {
    const boxes = sectionsOf(
      ["N", "W", "S", "E", "N2", "W2"].map((name) => stand({ name, sections: 3 })),
    ).map(({ shape = [] }) => ({
      left: Math.min(...shape.map(([x]) => x)),
      right: Math.max(...shape.map(([x]) => x)),
      top: Math.min(...shape.map(([, y]) => y)),
      bottom: Math.max(...shape.map(([, y]) => y)),
    }));
    const pairs = boxes.flatMap((a, n) => boxes.slice(n + 1).map((b) => [a, b] as const));
    const onOne = pairs.filter(
      ([a, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom,
    );
    expect(onOne).toEqual([]);
  });

  it("names rows past Z", () => {
    expect([0, 25, 26, 27, 51, 52].map(rowLabel)).toEqual(["A", "Z", "AA", "AB", "AZ", "BA"]);
  });
});
