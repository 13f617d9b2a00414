import { describe, expect, it } from "vitest";
import { event, VENUE } from "@/testing/fixtures";
import type { Section } from "../api/contract";
import { centroid, contains, type Point, splitRing, turned, wedge } from "./geometry";
import { layBowl } from "./layout";
import { pricePoints, rankBySection, standardTier, tiersOf } from "./prices";

const many = (count: number): Section[] =>
  Array.from({ length: count }, (_, n) => ({
    id: `s${n}`,
    name: `${n}`,
    kind: "SEATED",
    capacity: 10,
    gate: n % 2 ? "A" : null,
  }));
const square = (x: number, y: number): [number, number][] => [
  [x, y],
  [x + 10, y],
  [x + 10, y + 10],
  [x, y + 10],
];

const pointsOf = (outline: string): Point[] =>
  outline
    .slice(1, -1)
    .split("L")
    .map((words) => words.split(" ").map(Number) as unknown as Point);

describe("layBowl", () => {
  it.each([1, 2, 12, 20, 46])("places each of %i sections once, inside the view", (count) => {
    const layout = layBowl(many(count), false);
    expect(new Set(layout.sections.map((section) => section.id)).size).toBe(count);
    const [x, y, width, height] = layout.viewBox;
    for (const { label } of layout.sections) {
      expect(label[0]).toBeGreaterThan(x);
      expect(label[0]).toBeLessThan(x + width);
      expect(label[1]).toBeGreaterThan(y);
      expect(label[1]).toBeLessThan(y + height);
    }
  });

  it("stands upright on a phone", () => {
    const [, , width, height] = layBowl(many(46), true).viewBox;
    expect(height).toBeGreaterThan(width);
  });

  it("uses the venue's own polygons when every section has one", () => {
    const shapes = [square(0, 0), square(40, 0), square(0, 40), square(40, 40)];
    const sections = many(4).map((section, n) => ({ ...section, shape: shapes[n] ?? [] }));
    const layout = layBowl(sections, false);
    const [a, b] = [layout.sections[0], layout.sections[1]];
    expect(a?.label[1]).toBeCloseTo(b?.label[1] ?? 0);
    expect(a?.label[0]).toBeLessThan(b?.label[0] ?? 0);
    expect(layout.pitch).toBeDefined();
    const partly = sections.map((section, n) => (n === 0 ? { ...section, shape: [] } : section));
    expect(layBowl(partly, false).stand).toBeDefined();
  });

  it("finds the field, the pitch and the room for words between a stadium's own stands", () => {
    const band = (inner: number, outer: number, count: number) =>
      splitRing(count, (inner + outer) / 2, -0.5).map(([from, to]) => wedge(inner, outer, from, to));
    const shapes = [...band(12, 92, 20), ...band(101, 131, 14), ...band(140, 226, 26)];
    const sections = many(60).map((section, n) => ({
      ...section,
      shape: (shapes[n] ?? []).map(([x, y]): [number, number] => [x, y]),
    }));
    const layout = layBowl(sections, false);
    const scale = 910 / 888;
    expect(layout.pitch?.halfWidth).toBeGreaterThan(160 * scale);
    expect(layout.pitch?.halfWidth).toBeLessThan(176 * scale);
    expect(layout.field).toBeDefined();
    expect(layout.stand).toBeDefined();
    const [lower, club] = [layout.sections[0], layout.sections.slice(20, 34)];
    expect(lower?.depth).toBeGreaterThan(60);
    for (const section of club) expect(section.depth).toBeLessThan(40);
    const inside = layout.sections.every((section) => contains(pointsOf(section.outline), section.label));
    expect(inside).toBe(true);
  });

  it("draws no pitch where people stand", () => {
    const sections = many(1).map((section) => ({ ...section, shape: square(0, 0) }));
    expect(layBowl(sections, false).pitch).toBeUndefined();
  });

  it("puts every gate outside all sections", () => {
    const shapes = [square(0, 0), square(40, 0), square(0, 40), square(40, 40)];
    const sections = many(4).map((section, n) => ({
      ...section,
      gate: "ABCD"[n] ?? "A",
      shape: shapes[n] ?? [],
    }));
    const layout = layBowl(sections, false);
    expect(layout.gates.map((gate) => gate.name)).toEqual(["A", "B", "C", "D"]);
    for (const gate of layout.gates)
      expect(Math.hypot(gate.at[0] - 500, gate.at[1] - 400)).toBeGreaterThan(300);
  });

  it("survives a venue without sections", () => {
    expect(layBowl([], false).sections).toEqual([]);
  });
});

describe("geometry", () => {
  it("splits a ring into pieces of one length that meet", () => {
    const pieces = splitRing(8, 100, 0);
    expect(pieces).toHaveLength(8);
    for (const [from, to] of pieces) expect(to).toBeGreaterThan(from);
    expect(pieces[0]?.[1]).toBeCloseTo(pieces[1]?.[0] ?? 0, 2);
  });

  it("knows inside from outside, and the middle", () => {
    expect(contains(square(0, 0), [5, 5])).toBe(true);
    expect(contains(square(0, 0), [15, 5])).toBe(false);
    expect(centroid(square(0, 0))).toEqual([5, 5]);
    expect(turned([500, 300])).toEqual([600, 400]);
  });
});

describe("prices", () => {
  it("counts fees in, keeps the organizer's order and ranks sections by what everybody pays", () => {
    expect(tiersOf(event(), "stand").map((tier) => tier.priceLevel)).toEqual(["adult", "child"]);
    expect(standardTier(event(), "nowhere")).toBeUndefined();
    expect(pricePoints(event())).toEqual([
      { total: 2800, currency: "EUR", rank: 2 },
      { total: 6800, currency: "EUR", rank: 4 },
    ]);
    expect(rankBySection(event()).get("terrace")).toBe(2);
    expect(VENUE.sections.every((section) => rankBySection(event()).has(section.id))).toBe(true);
  });

  it("keeps to five tints, cheap to dear, with more prices than tints", () => {
    const tier = event().pricingTiers[0];
    if (tier === undefined) throw new Error("no tier");
    const pricingTiers = Array.from({ length: 9 }, (_, n) => ({
      ...tier,
      sectionIds: [`s${n}`],
      amount: 1000 * (n + 1),
    }));
    const ranks = pricePoints({ pricingTiers }).map((point) => point.rank);
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect([ranks[0], ranks.at(-1)]).toEqual([1, 5]);
  });
});
