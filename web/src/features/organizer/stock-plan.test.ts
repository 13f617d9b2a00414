import { describe, expect, it } from "vitest";
import { heldBack, planned, released } from "./stock-plan";

const config = {
  sections: { north: { blocked: 5 }, south: { capacity: 80 } },
  maxTicketsPerOrder: 10,
  holdSeconds: 480,
};

describe("a section's plan", () => {
  it("is gone when all is for sale, and the others' stay", () => {
    expect(released(config, "north")).toEqual({ ...config, sections: { south: { capacity: 80 } } });
    expect(planned(released(config, "north"), "north", { blocked: 5 }).sections).toEqual({
      south: { capacity: 80 },
      north: { blocked: 5 },
    });
    expect(planned(config, "north", undefined).sections).toEqual({ south: { capacity: 80 } });
  });

  it("holds back what is free beside what was held back before", () => {
    expect(heldBack({ blocked: 5 }, 7, null)).toEqual({ blocked: 12 });
    expect(heldBack({ capacity: 80 }, 7, null)).toEqual({ capacity: 80, blocked: 7 });
  });

  it("names the free seats where one sits", () => {
    const before = { blocked: [{ row: "A", seat: 1 }] };
    const rows = [
      { label: "A", seats: "BFS" },
      { label: "B", seats: "HF" },
    ];
    expect(heldBack(before, 2, rows)).toEqual({
      blocked: [
        { row: "A", seat: 1 },
        { row: "A", seat: 2 },
        { row: "B", seat: 2 },
      ],
    });
  });
});
