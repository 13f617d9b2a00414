// Stands are superellipse rings |x/a|ⁿ + |y/b|ⁿ = 1, n falling outwards, so the sides bow as real stands do.
// Sections split a ring at equal arc length and their edges run along the radius.

export type Point = readonly [number, number];
export const CENTER: Point = [500, 400];
const [CX, CY] = CENTER;
const A0 = 218;
const B0 = 150;
const FULL = 2 * Math.PI;

/** The point of ring `depth` at angle `t`. */
export function ringPoint(depth: number, t: number): Point {
  const n = 2.75 - depth * 0.0016;
  const c = Math.cos(t);
  const s = Math.sin(t);
  const x = (A0 + depth) * Math.sign(c) * Math.abs(c) ** (2 / n);
  const y = (B0 + depth) * Math.sign(s) * Math.abs(s) ** (2 / n);
  return [CX + x, CY + y];
}

const distance = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** `count` pieces of equal arc length around ring `depth`, as [start, end] angles. */
export function splitRing(count: number, depth: number, offset: number): [number, number][] {
  const steps = 1440;
  const walked: number[] = [0];
  let previous = ringPoint(depth, -Math.PI / 2);
  for (let i = 1; i <= steps; i++) {
    const next = ringPoint(depth, -Math.PI / 2 + (i / steps) * FULL);
    walked.push((walked[i - 1] ?? 0) + distance(next, previous));
    previous = next;
  }
  const length = walked[steps] ?? 1;
  const angleAt = (arc: number): number => {
    const wanted = ((arc % length) + length) % length;
    let low = 0;
    while ((walked[low + 1] ?? Number.POSITIVE_INFINITY) < wanted) low++;
    const [from, to] = [walked[low] ?? 0, walked[low + 1] ?? length];
    return -Math.PI / 2 + ((low + (wanted - from) / (to - from || 1)) / steps) * FULL;
  };
  return Array.from({ length: count }, (_, k): [number, number] => {
    const start = angleAt(((k + offset) * length) / count);
    const end = angleAt(((k + 1 + offset) * length) / count - 0.001);
    return [start, end < start ? end + FULL : end];
  });
}

export function arc(depth: number, from: number, to: number, pieces = 14): Point[] {
  return Array.from({ length: pieces + 1 }, (_, i) => ringPoint(depth, from + ((to - from) * i) / pieces));
}

/** A section's outline between two depths, with a gap to its neighbours. */
export function wedge(inner: number, outer: number, from: number, to: number, gap = 3.5): Point[] {
  const trim = (depth: number): [number, number] => {
    const startSpeed = distance(ringPoint(depth, from), ringPoint(depth, from + 0.01)) / 0.01;
    const endSpeed = distance(ringPoint(depth, to), ringPoint(depth, to - 0.01)) / 0.01;
    return [from + gap / startSpeed, to - gap / endSpeed];
  };
  const [o0, o1] = trim(outer);
  const [i0, i1] = trim(inner);
  return [...arc(outer, o0, o1), ...arc(inner, i0, i1).reverse()];
}

export const path = (points: readonly Point[], closed = true): string =>
  points.length === 0
    ? ""
    : `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}${closed ? "Z" : ""}`;

/** A quarter turn about the centre: on a phone the bowl stands upright and fills the height. */
export const turned = ([x, y]: Point): Point => [CX - (y - CY), CY + (x - CX)];

export function contains(polygon: readonly Point[], [x, y]: Point): boolean {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i] ?? [0, 0];
    const [xj, yj] = polygon[j] ?? [0, 0];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** The centre of area, which is where a label sits best. */
export function centroid(polygon: readonly Point[]): Point {
  let area = 0;
  let cx = 0;
  let cy = 0;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i] ?? [0, 0];
    const [xj, yj] = polygon[j] ?? [0, 0];
    const cross = xj * yi - xi * yj;
    area += cross;
    cx += (xi + xj) * cross;
    cy += (yi + yj) * cross;
  }
  if (Math.abs(area) < 1e-6) return polygon[0] ?? CENTER;
  return [cx / (3 * area), cy / (3 * area)];
}
