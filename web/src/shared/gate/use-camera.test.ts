import { describe, expect, it } from "vitest";
import vectors from "./ticket-code-vectors.json";
import { whileHeld } from "./use-camera";

const [rotating, , printed] = vectors.codes;
if (!rotating || !printed) throw new Error("the vectors are not there");

describe("a code that is held before the camera", () => {
  it("is read once, though its digits turn meanwhile", () => {
    const isNew = whileHeld();
    const turned = `${rotating.code.slice(0, -6)}000000`;
    expect(turned).not.toBe(rotating.code);
    expect(isNew(rotating.code, 0)).toBe(true);
    expect(isNew(rotating.code, 120)).toBe(false);
    expect(isNew(turned, 240)).toBe(false);
    expect(isNew(turned, 3_000)).toBe(false);
  });

  it("is read again after a while, and so is another one", () => {
    const isNew = whileHeld();
    expect(isNew(rotating.code, 0)).toBe(true);
    expect(isNew(printed.code, 120)).toBe(true);
    expect(isNew(rotating.code, 240)).toBe(true);
    expect(isNew(rotating.code, 3_241)).toBe(true);
  });
});
