import { describe, expect, it } from "vitest";
import vectors from "./orphan-vectors.json";
import { orphans } from "./orphans";

describe("the orphan rule", () => {
  it.each(vectors)("$name: $row, taking $taking", ({ row, taking, left, avoidable }) => {
    expect(orphans(row, taking)).toEqual({ left, avoidable });
  });

  it("has vectors for both answers", () => {
    expect(vectors.some(({ left, avoidable }) => left.length > avoidable.length)).toBe(true);
    expect(vectors.some(({ avoidable }) => avoidable.length > 0)).toBe(true);
  });
});
