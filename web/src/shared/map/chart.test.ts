import { describe, expect, it } from "vitest";
import { placesOf, printedNumber } from "./chart";
import vector from "./chart-vector.json";

describe("a chart's seats", () => {
  const { seats, sections } = vector.chart;

  it("are where the server put them", () => {
    const places = placesOf(seats);
    expect(places).toHaveLength(2 * seats.count);
    const expected = vector.places.flat();
    const half = seats.scale / 2 + 0.001;
    expected.forEach((value, n) => {
      expect(Math.abs((places[n] ?? Number.NaN) - value)).toBeLessThanOrEqual(half);
    });
  });

  it("follow each other section by section, as their states do", () => {
    let first = 0;
    for (const section of sections.filter(({ kind }) => kind === "SEATED")) {
      expect(section.first).toBe(first);
      first += section.capacity;
    }
    expect(first).toBe(seats.count);
  });

  it("bear the numbers of their row", () => {
    expect([1, 2, 3].map((n) => printedNumber(n))).toEqual([1, 2, 3]);
    expect([1, 2, 3].map((n) => printedNumber(n, { start: 101, step: 2 }))).toEqual([101, 103, 105]);
  });

  it("are refused when some are missing", () => {
    expect(() => placesOf({ ...seats, count: seats.count + 1 })).toThrow(RangeError);
  });
});
