import { describe, expect, it } from "vitest";
import { changed, filled, gated, moved, type Plan, planOf, removed } from "./plan";
import { differences, joined, sideOf } from "./together";

const square = (left: number): [number, number][] => [
  [left, 0],
  [left + 60, 0],
  [left + 60, 60],
  [left, 60],
];
const BASE: Plan = planOf({
  version: 1,
  gates: [{ name: "A", at: [-10, 0] }],
  sections: ["North", "East", "South"].map((name, index) => ({
    id: `id-${name}`,
    name,
    kind: "SEATED",
    shape: square(index * 70),
    rows: [{ label: "A", seats: 4 }],
  })),
});

const told = (mine: Plan, theirs: Plan) =>
  differences(BASE, mine, theirs).map(({ part, name, by, aspects }) => [part ?? name, by, ...aspects]);
const join = (mine: Plan, theirs: Plan, wish: Record<string, "mine" | "theirs"> = {}) =>
  joined(
    mine,
    theirs,
    differences(BASE, mine, theirs).map((each) => ({
      ...each,
      side: wish[each.part ?? each.name] ?? sideOf(each),
    })),
  );

describe("two drawings of a chart", () => {
  it("differ in nothing but how it is written down", () => {
    const [north, ...others] = BASE.sections;
    const again = {
      ...{ ...BASE, field: { kind: "none", focus: null, shape: [] } },
      sections: [{ gate: null, capacity: null, ...north }, ...others],
    } as Plan;
    expect(told(again, BASE)).toEqual([]);
  });

  it("are told apart by section, and who drew what", () => {
    const mine = changed(moved(BASE, 0, [5, 0]), 1, { name: "Orient" });
    const theirs = filled(filled(BASE, 1, { rows: 2, seats: 6 }), 2, { rows: 1, seats: 9 });
    expect(told(mine, theirs)).toEqual([
      ["North", "me", "shape"],
      ["Orient", "both", "name", "places"],
      ["South", "them", "places"],
    ]);
  });

  it("become one: each section of who drew it, and what both drew as a person says", () => {
    const mine = changed(moved(BASE, 0, [5, 0]), 1, { name: "Orient" });
    const theirs = filled(filled(BASE, 1, { rows: 2, seats: 6 }), 2, { rows: 1, seats: 9 });
    const both = join(mine, theirs, { Orient: "theirs" });
    expect(both.sections).toEqual([mine.sections[0], theirs.sections[1], theirs.sections[2]]);
    expect(join(mine, theirs).sections[1]).toEqual(mine.sections[1]);
  });

  it("lose no section that one of them added or took away", () => {
    const own = { ...(BASE.sections[0] as Plan["sections"][number]), name: "West" };
    const { id: _, ...west } = own;
    const mine = { ...removed(BASE, 1), sections: [...removed(BASE, 1).sections, west] };
    const theirs = {
      ...removed(BASE, 2),
      sections: [...removed(BASE, 2).sections, { ...own, id: "id-9", name: "Top" }],
    };
    expect(told(mine, theirs)).toEqual([
      ["East", "me"],
      ["Top", "them"],
      ["South", "them"],
      ["West", "me"],
    ]);
    expect(join(mine, theirs).sections.map(({ name }) => name)).toEqual(["North", "Top", "West"]);
    const all = join(mine, theirs, { East: "theirs", South: "mine" });
    expect(all.sections.map(({ name }) => name)).toEqual(["North", "East", "Top", "South", "West"]);
  });

  it("are one section where both drew one of that name", () => {
    const { id: _, ...west } = { ...(BASE.sections[0] as Plan["sections"][number]), name: "West" };
    const mine = { ...BASE, sections: [...BASE.sections, west] };
    const theirs = filled({ ...BASE, sections: [...BASE.sections, { ...west, id: "id-9" }] }, 3, {
      rows: 1,
      seats: 7,
    });
    expect(told(mine, theirs)).toEqual([["West", "both", "places"]]);
    expect(join(mine, theirs).sections.map(({ name }) => name)).toEqual(["North", "East", "South", "West"]);
  });

  it("bring along the gate that a section of theirs names", () => {
    const mine = { ...gated(BASE, "D"), name: "Derby" };
    const theirs = changed(gated(BASE, "C"), 0, { gate: "C" });
    expect(told(mine, theirs)).toEqual([
      ["North", "them", "gate"],
      ["name", "me"],
      ["gates", "both"],
    ]);
    const both = join(mine, theirs);
    expect([both.name, both.gates.map(({ name }) => name)]).toEqual(["Derby", ["A", "D", "C"]]);
    const other = join(mine, theirs, { gates: "theirs" });
    expect(other.gates.map(({ name }) => name)).toEqual(["A", "C"]);
  });
});
