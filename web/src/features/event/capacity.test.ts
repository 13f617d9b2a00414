import { describe, expect, it } from "vitest";
import { availability, frame } from "@/testing/fixtures";
import { applyFrame, newer } from "./capacity";

describe("applyFrame", () => {
  it("replaces the changed sections and keeps the others", () => {
    const step = applyFrame(availability(), frame(11, 150));
    expect(step).toMatchObject({ kind: "applied", next: { sequence: 11, currentCapacity: 650 } });
    if (step.kind !== "applied") return;
    expect(step.next.sections.map((section) => section.available)).toEqual([500, 150]);
  });

  it("adds a section it did not know", () => {
    const added = { sectionId: "box", capacity: 10, available: 4, held: 0, sold: 6 };
    const step = applyFrame(availability(), frame(11, 0, { sections: [added] }));
    expect(step.kind === "applied" && step.next.sections).toContainEqual(added);
  });

  it.each([10, 9])("ignores frame %i, which it already has", (sequence) => {
    expect(applyFrame(availability(), frame(sequence, 1))).toEqual({ kind: "ignored" });
  });

  it("finds the gap when a frame is missing", () => {
    expect(applyFrame(availability(), frame(12, 1))).toEqual({ kind: "gap" });
  });

  it("takes no frame of another epoch, even with the next number", () => {
    expect(applyFrame(availability(), frame(11, 1, { epoch: "e2" }))).toEqual({ kind: "gap" });
  });

  it("has nothing to apply a frame to before the first whole state, or to one without a number", () => {
    expect(applyFrame(undefined, frame(1, 1))).toEqual({ kind: "gap" });
    expect(applyFrame(availability({ sequence: null }), frame(1, 1))).toEqual({ kind: "gap" });
  });
});

describe("newer", () => {
  it("keeps what frames have already moved past a slow answer", () => {
    const known = availability({ sequence: 12 });
    expect(newer(known, availability({ sequence: 11 }))).toBe(known);
  });

  it("takes the answer when it is as new, of another epoch, or unnumbered", () => {
    const known = availability({ sequence: 12 });
    for (const whole of [
      availability({ sequence: 12 }),
      availability({ sequence: 1, epoch: "e2" }),
      availability({ sequence: null }),
    ])
      expect(newer(known, whole)).toBe(whole);
  });
});
