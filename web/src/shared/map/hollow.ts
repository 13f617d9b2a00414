import { CENTER, centroid, type Point } from "./geometry";

// A venue draws its own polygons. What lies between them, and where words fit into one, is found here.

const GRID = 10;
// Among places with nearly as much room, the most central one looks best.
const GOOD_ENOUGH = 0.85;

/** Where a label has most room in a polygon, and how far it is to the nearest edge there. */
export function roomiest(polygon: readonly Point[]): { at: Point; room: number } {
  const middle = centroid(polygon);
  const [x0, x1] = [Math.min(...polygon.map(([x]) => x)), Math.max(...polygon.map(([x]) => x))];
  const [y0, y1] = [Math.min(...polygon.map(([, y]) => y)), Math.max(...polygon.map(([, y]) => y))];
  const places = [middle];
  for (let i = 1; i < GRID; i++)
    for (let j = 1; j < GRID; j++) places.push([x0 + ((x1 - x0) * i) / GRID, y0 + ((y1 - y0) * j) / GRID]);
  const corners = Float64Array.from(polygon.flat());
  let most = 0;
  const rooms = places.map((at) => {
    // What cannot come near the roomiest so far is not measured to its end.
    const room = roomAt(corners, at[0], at[1], most * GOOD_ENOUGH);
    most = Math.max(most, room);
    return { at, room };
  });
  const off = ({ at }: { at: Point }) => (at[0] - middle[0]) ** 2 + (at[1] - middle[1]) ** 2;
  return rooms
    .filter(({ room }) => room >= most * GOOD_ENOUGH)
    .reduce((best, each) => (off(each) < off(best) ? each : best));
}

/** How far the nearest edge is from a place inside, and 0 outside; less than `enough` may be 0 as well. */
function roomAt(corners: Float64Array, x: number, y: number, enough: number): number {
  let least = Number.POSITIVE_INFINITY;
  let inside = false;
  let ax = corners[corners.length - 2] as number;
  let ay = corners[corners.length - 1] as number;
  for (let i = 0; i < corners.length; i += 2) {
    const bx = corners[i] as number;
    const by = corners[i + 1] as number;
    const [dx, dy] = [bx - ax, by - ay];
    const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
    const share = Math.min(1, Math.max(0, along));
    const [ex, ey] = [x - ax - share * dx, y - ay - share * dy];
    least = Math.min(least, ex * ex + ey * ey);
    if (least < enough * enough) return 0;
    if (by > y !== ay > y && x < (dx * (y - by)) / dy + bx) inside = !inside;
    ax = bx;
    ay = by;
  }
  return inside ? Math.sqrt(least) : 0;
}

export interface Ring {
  /** How far from the centre the stands begin and end, a value for each of `BINS` directions. */
  inner: number[];
  outer: number[];
}

const BINS = 120;
const STEP = 5;
// A wider opening than an aisle or a tunnel: the stands do not go round.
const OPENING_MAX = BINS / 12;

/** The stands as a ring about the centre, or undefined where they leave a side open. */
export function ringOf(polygons: readonly (readonly Point[])[]): Ring | undefined {
  const inner: number[] = new Array(BINS).fill(Number.POSITIVE_INFINITY);
  const outer: number[] = new Array(BINS).fill(0);
  const note = (x: number, y: number): void => {
    const bin = binOf(Math.atan2(y - CENTER[1], x - CENTER[0]));
    const far = Math.hypot(x - CENTER[0], y - CENTER[1]);
    inner[bin] = Math.min(inner[bin] ?? far, far);
    outer[bin] = Math.max(outer[bin] ?? far, far);
  };
  for (const polygon of polygons)
    for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
      const [ax, ay] = polygon[j] ?? [0, 0];
      const [bx, by] = polygon[i] ?? [0, 0];
      const pieces = Math.max(1, Math.ceil(Math.hypot(bx - ax, by - ay) / STEP));
      for (let n = 0; n < pieces; n++) note(ax + ((bx - ax) * n) / pieces, ay + ((by - ay) * n) / pieces);
    }
  return bridged(inner, outer);
}

// Directions that no edge lies in, such as those of an aisle, take after their neighbours.
function bridged(inner: number[], outer: number[]): Ring | undefined {
  const found = outer.flatMap((far, bin) => (far > 0 ? [bin] : []));
  const nearest = (bin: number) =>
    found.reduce((best, each) => (apart(each, bin) < apart(best, bin) ? each : best), found[0] ?? 0);
  const source = outer.map((_, bin) => nearest(bin));
  if (found.length === 0 || source.some((each, bin) => apart(each, bin) > OPENING_MAX / 2)) return undefined;
  return {
    inner: smooth(source.map((bin) => inner[bin] ?? 0)),
    outer: smooth(source.map((bin) => outer[bin] ?? 0)),
  };
}

// The corners of sections would show as teeth.
const SMOOTHED: readonly number[] = [-3, -2, -1, 0, 1, 2, 3];
const smooth = (distances: readonly number[]): number[] =>
  distances.map(
    (_, bin) =>
      SMOOTHED.reduce((sum, step) => sum + (distances[(bin + step + BINS) % BINS] ?? 0), 0) / SMOOTHED.length,
  );

const apart = (a: number, b: number): number => Math.min((a - b + BINS) % BINS, (b - a + BINS) % BINS);
const binOf = (angle: number): number => Math.floor(((angle / (2 * Math.PI) + 1) % 1) * BINS) % BINS;

/** The ring's edge as a polygon, moved outwards by `by`. */
export const edgeOf = (distances: readonly number[], by: number): Point[] =>
  distances.map((far, bin): Point => {
    const angle = ((bin + 0.5) / BINS) * 2 * Math.PI;
    return [CENTER[0] + Math.cos(angle) * (far + by), CENTER[1] + Math.sin(angle) * (far + by)];
  });

const PITCH: Point = [168, 106];
// Room between the lines and the stands: at the corners, and along the sides.
const CORNER_ROOM = 1.11;
const SIDE_ROOM = 1.15;

/** Half the width and height of the largest pitch that the ring leaves room for. */
export function pitchIn({ inner }: Ring): Point {
  const free = (angle: number) => inner[binOf(angle)] ?? 0;
  const corner = Math.atan2(PITCH[1], PITCH[0]);
  const scale = Math.min(
    ...[corner, Math.PI - corner, Math.PI + corner, -corner].map(
      (angle) => free(angle) / Math.hypot(...PITCH) / CORNER_ROOM,
    ),
    ...[0, Math.PI].map((angle) => free(angle) / PITCH[0] / SIDE_ROOM),
    ...[1, -1].map((side) => free((side * Math.PI) / 2) / PITCH[1] / SIDE_ROOM),
  );
  return [PITCH[0] * scale, PITCH[1] * scale];
}
