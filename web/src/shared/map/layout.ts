import type { Section } from "../api/contract";
import {
  arc,
  CENTER,
  centroid,
  contains,
  type Point,
  path,
  ringPoint,
  splitRing,
  turned,
  wedge,
} from "./geometry";
import { edgeOf, pitchIn, ringOf, roomiest } from "./hollow";

export interface PlacedSection {
  id: string;
  name: string;
  outline: string;
  label: Point;
  rows: string[];
  /** Room for text: the shorter side of the section, in map units. */
  depth: number;
  /** Room for a line of text. */
  width: number;
  /** The upper edge, where a popover stands. */
  top: number;
}
export interface BowlLayout {
  sections: PlacedSection[];
  stand: string | undefined;
  field: string | undefined;
  pitch: { center: Point; halfWidth: number; halfHeight: number } | undefined;
  gates: { name: string; at: Point }[];
  viewBox: [number, number, number, number];
  upright: boolean;
}

interface Shape {
  section: Section;
  label: Point;
  points: Point[];
  rows: Point[][];
  depth: number;
}

/** The venue's own polygons when every section has one, rings of our own otherwise. */
export function layBowl(sections: readonly Section[], upright: boolean): BowlLayout {
  const own = sections.length > 0 && sections.every((section) => (section.shape?.length ?? 0) >= 3);
  const { shapes, pitch, stand, field } = own ? ownShapes(sections) : ringShapes(sections);
  const turn = (point: Point): Point => (upright ? turned(point) : point);
  const all = shapes.flatMap((shape) => shape.points.map(turn));
  const placed = shapes.map((shape): PlacedSection => {
    const [left, right] = range(shape.points.map((point) => turn(point)[0]));
    return {
      id: shape.section.id,
      name: shape.section.name,
      outline: path(shape.points.map(turn)),
      label: turn(shape.label),
      rows: shape.rows.map((row) => path(row.map(turn), false)),
      depth: shape.depth,
      width: right - left,
      top: Math.min(...shape.points.map((point) => turn(point)[1])),
    };
  });
  return {
    sections: placed,
    stand: stand && path(stand.map(turn)),
    field: field && path(field.map(turn)),
    pitch: pitch && { ...pitch, center: turn(pitch.center) },
    gates: gates(shapes, turn),
    viewBox: frame(all, upright ? 46 : 72),
    upright,
  };
}

// ---- our own rings ----

// The stand shows a little outside the sections, the field ends a little before them.
const STAND_BEYOND = 10;
const FIELD_SHORT = 8;
const DEPTHS_FROM = 12;
const DEPTHS: Record<number, [number, number][]> = {
  1: [[14, 134]],
  2: [
    [12, 104],
    [118, 226],
  ],
  3: [
    [12, 92],
    [101, 131],
    [140, 226],
  ],
};

function ringShapes(sections: readonly Section[]) {
  const ringCount = sections.length <= 12 ? 1 : sections.length <= 28 ? 2 : 3;
  const depths = DEPTHS[ringCount] ?? [];
  const weights = ringCount === 3 ? [16, 10, 20] : ringCount === 2 ? [10, 14] : [1];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let taken = 0;
  const shapes = depths.flatMap(([inner, outer], ring): Shape[] => {
    const last = ring === depths.length - 1;
    const count = last
      ? sections.length - taken
      : Math.round((sections.length * (weights[ring] ?? 1)) / total);
    const part = sections.slice(taken, taken + count);
    taken += count;
    return splitRing(part.length, (inner + outer) / 2, -0.5).map(([from, to], k) => {
      const section = part[k] as Section;
      const grain =
        outer - inner < 40
          ? []
          : [1, 2, 3, 4].map((row) => arc(inner + ((outer - inner) * row) / 5, from + 0.014, to - 0.014, 10));
      return {
        section,
        // A curved piece has its centre of area off its middle line.
        label: ringPoint((inner + outer) / 2, (from + to) / 2),
        points: wedge(inner, outer, from, to),
        rows: grain,
        depth: outer - inner,
      };
    });
  });
  const outermost = depths[depths.length - 1]?.[1] ?? 226;
  return {
    shapes,
    stand: arc(outermost + STAND_BEYOND, -Math.PI, Math.PI - 0.001, 160),
    field: arc(DEPTHS_FROM - FIELD_SHORT, -Math.PI, Math.PI - 0.001, 120),
    pitch: { center: CENTER, halfWidth: 168, halfHeight: 106 },
  };
}

// ---- the venue's polygons, scaled into our frame ----

function ownShapes(sections: readonly Section[]) {
  const raw = sections.flatMap((section) => section.shape ?? []);
  const [minX, maxX] = range(raw.map((point) => point[0]));
  const [minY, maxY] = range(raw.map((point) => point[1]));
  const scale = Math.min(910 / (maxX - minX || 1), 752 / (maxY - minY || 1));
  const middle: Point = [(minX + maxX) / 2, (minY + maxY) / 2];
  const fit = ([x, y]: readonly [number, number]): Point => [
    CENTER[0] + (x - middle[0]) * scale,
    CENTER[1] + (y - middle[1]) * scale,
  ];
  const shapes = sections.map((section): Shape => {
    const points = (section.shape ?? []).map(fit);
    const { at, room } = roomiest(points);
    return { section, label: at, points, rows: [], depth: 2 * room };
  });
  const half: Point = [((maxX - minX) * scale) / 2, ((maxY - minY) * scale) / 2];
  const ring = ringOf(shapes.map((shape) => shape.points));
  const pitch = freePitch(shapes, half);
  if (ring === undefined || pitch === undefined) return { shapes, stand: undefined, field: undefined, pitch };
  const [halfWidth, halfHeight] = pitchIn(ring);
  return {
    shapes,
    stand: edgeOf(ring.outer, STAND_BEYOND),
    field: edgeOf(ring.inner, -FIELD_SHORT),
    pitch: { center: CENTER, halfWidth, halfHeight },
  };
}

// A pitch is drawn only where the stands leave room for one.
function freePitch(shapes: Shape[], half: Point): BowlLayout["pitch"] {
  if (shapes.some((shape) => contains(shape.points, CENTER))) return undefined;
  const reach = (points: Point[]) =>
    Math.min(...points.map(([x, y]) => Math.hypot((x - CENTER[0]) / half[0], (y - CENTER[1]) / half[1])));
  const hole = Math.min(...shapes.map((shape) => reach(shape.points)));
  if (!Number.isFinite(hole) || hole < 0.22) return undefined;
  const halfWidth = half[0] * hole * 0.66;
  return { center: CENTER, halfWidth, halfHeight: Math.min(half[1] * hole * 0.66, halfWidth * 0.64) };
}

// ---- gates: where the sections that name one are, pushed out of the stands ----

function gates(shapes: Shape[], turn: (point: Point) => Point): BowlLayout["gates"] {
  const byGate = new Map<string, Point[]>();
  for (const { section, points } of shapes) {
    if (!section.gate) continue;
    byGate.set(section.gate, [...(byGate.get(section.gate) ?? []), centroid(points)]);
  }
  return [...byGate].map(([name, centers]) => {
    const x = centers.reduce((sum, point) => sum + point[0], 0) / centers.length - CENTER[0];
    const y = centers.reduce((sum, point) => sum + point[1], 0) / centers.length - CENTER[1];
    const angle = Math.atan2(y, x);
    // A little to both sides as well, or a gate would slip into the gap between two sections.
    const far = Math.max(...[-0.06, 0, 0.06].map((aside) => edgeAlong(shapes, angle + aside))) + GATE_GAP;
    return { name, at: turn([CENTER[0] + Math.cos(angle) * far, CENTER[1] + Math.sin(angle) * far]) };
  });
}

const GATE_GAP = 22;

// How far from the centre the outermost edge of a section crosses this direction.
function edgeAlong(shapes: readonly Shape[], angle: number): number {
  const dx = Math.cos(angle);
  const dy = Math.sin(angle);
  let farthest = 0;
  for (const { points } of shapes) {
    let before: Point = points[points.length - 1] ?? CENTER;
    let beforeSide = sideOf(before, dx, dy);
    for (const point of points) {
      const side = sideOf(point, dx, dy);
      if (side > 0 !== beforeSide > 0) {
        const share = beforeSide / (beforeSide - side);
        const x = before[0] + (point[0] - before[0]) * share - CENTER[0];
        const y = before[1] + (point[1] - before[1]) * share - CENTER[1];
        farthest = Math.max(farthest, dx * x + dy * y);
      }
      before = point;
      beforeSide = side;
    }
  }
  return farthest;
}

/** How far a point is from the line through the centre, with a sign for the side. */
const sideOf = (point: Point, dx: number, dy: number): number =>
  dx * (point[1] - CENTER[1]) - dy * (point[0] - CENTER[0]);

function range(values: number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

function frame(points: Point[], margin: number): BowlLayout["viewBox"] {
  if (points.length === 0) return [0, 0, 1000, 800];
  const [x0, x1] = range(points.map((point) => point[0]));
  const [y0, y1] = range(points.map((point) => point[1]));
  return [x0 - margin, y0 - margin, x1 - x0 + 2 * margin, y1 - y0 + 2 * margin];
}
