import { describe, expect, it } from "vitest";
import { courseOf, stepsOf } from "./course";

const START = "2026-11-30T20:00:00Z";
const POINTS = [
  { at: "2026-11-29T20:00:00Z", value: 5 },
  { at: "2026-11-30T14:00:00Z", value: 3 },
];

describe("the course of a sale", () => {
  it("adds up what was sold so long before the start", () => {
    expect(courseOf(POINTS, START, [30, 24, 7, 6, 0])).toEqual([0, 5, 5, 8, 8]);
  });

  it("goes from the first sale of either event to the start", () => {
    const steps = stepsOf([
      { points: POINTS, startTime: START },
      { points: [], startTime: START },
    ]);
    expect([steps[0], steps[6], steps[12]]).toEqual([24, 12, 0]);
  });
});
