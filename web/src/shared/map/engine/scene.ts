import type { Chart, DrawnSection } from "../../api/contract";
import { placesOf, printedNumber } from "../chart";

// A chart as the map draws it: numbers in flat arrays, worked out once. A seat is a number of the whole house.

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface SceneRow {
  /** Its place among all rows, and that of its section. */
  index: number;
  section: number;
  label: string;
  /** Its first seat, and how many follow. */
  first: number;
  seats: number;
  numbering: { start?: number; step?: number } | undefined;
  view: string | undefined;
  /** The last seat (from 1) before each gap: nobody sits side by side across one. */
  gaps: readonly number[];
}

export interface SceneSection {
  index: number;
  id: string;
  name: string;
  isSeated: boolean;
  capacity: number;
  gate: string | undefined;
  level: string | undefined;
  view: string | undefined;
  /** x and y by turns. */
  outline: Float32Array;
  box: Box;
  label: readonly [number, number];
  /** Room for text about the label, half of the shorter side. */
  room: number;
  first: number;
  seats: number;
  rows: readonly SceneRow[];
  /** The way from seat to seat, in units of the chart. */
  pitch: number;
}

export interface Scene {
  bounds: Box;
  isUpright: boolean;
  sections: readonly SceneSection[];
  rows: readonly SceneRow[];
  seats: number;
  /** x and y of every seat by turns. */
  places: Float32Array;
  /** The row of every seat. */
  rowOf: Uint32Array;
  /** Sums of the marks below, a seat. */
  marks: Uint8Array;
  /** Half the side of a seat's square, a row: what lies aslant must not overlap. */
  halves: Float32Array;
  field: { kind: string; shape: Float32Array; box: Box } | undefined;
  gates: readonly { name: string; at: readonly [number, number] }[];
  texts: readonly { text: string; at: readonly [number, number]; size: number }[];
  obstacles: readonly Float32Array[];
}

export const ACCESSIBLE = 1;
export const COMPANION = 2;
export const RESTRICTED = 4;
const SQUARE = 0.4;
const LONE_PITCH = 2;

type Turn = (x: number, y: number) => readonly [number, number];
const upright: Turn = (x, y) => [0 - y, x];
const lying: Turn = (x, y) => [x, y];

/** On a phone the house stands upright, so that it fills the height. */
export function sceneOf(chart: Chart, isUpright: boolean): Scene {
  const turn = isUpright ? upright : lying;
  const places = placesOf(chart.seats);
  if (isUpright) turnAll(places);
  const rows: SceneRow[] = [];
  const rowOf = new Uint32Array(chart.seats.count);
  const marks = new Uint8Array(chart.seats.count);
  const sections = chart.sections.map((drawn, index) => {
    const first = drawn.first ?? 0;
    const its = rowsOf(drawn, { section: index, from: rows.length, first });
    for (const row of its) rowOf.fill(row.index, row.first, row.first + row.seats);
    (drawn.rows ?? []).forEach((row, n) => {
      const start = its[n]?.first ?? 0;
      mark(marks, start, row.accessible, ACCESSIBLE);
      mark(marks, start, row.companion, COMPANION);
      mark(marks, start, row.restricted, RESTRICTED);
    });
    rows.push(...its);
    return sectionOf(drawn, { index, rows: its, places, turn });
  });
  const [left, top, right, bottom] = chart.bounds as [number, number, number, number];
  const field = chart.field?.shape?.length ? flat(chart.field.shape, turn) : undefined;
  return {
    bounds: boxOf(
      flat(
        [
          [left, top],
          [right, bottom],
        ],
        turn,
      ),
    ),
    isUpright,
    sections,
    rows,
    seats: chart.seats.count,
    places,
    rowOf,
    marks,
    halves: Float32Array.from(rows, (row) => halfOf(row, places, sections[row.section]?.pitch ?? LONE_PITCH)),
    field: field && { kind: chart.field?.kind ?? "none", shape: field, box: boxOf(field) },
    gates: (chart.gates ?? []).map(({ name, at }) => ({ name, at: turn(at[0] ?? 0, at[1] ?? 0) })),
    texts: (chart.texts ?? []).map(({ text, at, size }) => ({
      text,
      at: turn(at[0] ?? 0, at[1] ?? 0),
      size: size ?? 10,
    })),
    obstacles: (chart.obstacles ?? []).map(({ shape }) => flat(shape, turn)),
  };
}

function rowsOf(drawn: DrawnSection, at: { section: number; from: number; first: number }): SceneRow[] {
  let first = at.first;
  return (drawn.rows ?? []).map((row, n) => {
    const made: SceneRow = {
      index: at.from + n,
      section: at.section,
      label: row.label,
      first,
      seats: row.seats,
      numbering: row.numbering ?? undefined,
      view: row.view ?? undefined,
      gaps: (row.gaps ?? []).map((gap) => gap.after),
    };
    first += row.seats;
    return made;
  });
}

function sectionOf(
  drawn: DrawnSection,
  { index, rows, places, turn }: { index: number; rows: SceneRow[]; places: Float32Array; turn: Turn },
): SceneSection {
  const outline = flat(drawn.shape ?? [], turn);
  const label = turn(drawn.label?.[0] ?? 0, drawn.label?.[1] ?? 0);
  return {
    index,
    id: drawn.id,
    name: drawn.name,
    isSeated: rows.length > 0,
    capacity: drawn.capacity,
    gate: drawn.gate ?? undefined,
    level: drawn.level ?? undefined,
    view: drawn.view ?? undefined,
    outline,
    box: boxOf(outline),
    label,
    room: roomAt(outline, label),
    first: drawn.first ?? 0,
    seats: rows.reduce((sum, row) => sum + row.seats, 0),
    rows,
    pitch: pitchOf(rows, places),
  };
}

function mark(marks: Uint8Array, start: number, seats: readonly number[] | null | undefined, bit: number) {
  for (const seat of seats ?? []) marks[start + seat - 1] = (marks[start + seat - 1] ?? 0) | bit;
}

function turnAll(places: Float32Array): void {
  for (let n = 0; n < places.length; n += 2) {
    const x = places[n] as number;
    places[n] = 0 - (places[n + 1] as number);
    places[n + 1] = x;
  }
}

const flat = (points: readonly (readonly number[])[], turn: Turn): Float32Array =>
  Float32Array.from(points.flatMap(([x = 0, y = 0]) => turn(x, y)));

export function boxOf(points: Float32Array): Box {
  const box = {
    left: Number.POSITIVE_INFINITY,
    top: Number.POSITIVE_INFINITY,
    right: Number.NEGATIVE_INFINITY,
    bottom: Number.NEGATIVE_INFINITY,
  };
  for (let n = 0; n < points.length; n += 2) {
    const x = points[n] as number;
    const y = points[n + 1] as number;
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y);
  }
  return box;
}

/** The middle one of the ways from seat to seat: gaps are the exception. */
function pitchOf(rows: readonly SceneRow[], places: Float32Array): number {
  const steps = new Float32Array(rows.reduce((sum, row) => sum + Math.max(0, row.seats - 1), 0));
  let many = 0;
  for (const row of rows)
    for (let n = row.first; n < row.first + row.seats - 1; n++) steps[many++] = apart(places, n, n + 1);
  // Numbers sort themselves: a comparison in between is half of a large house's scene.
  steps.sort();
  return steps[steps.length >> 1] || LONE_PITCH;
}

export function apart(places: Float32Array, a: number, b: number): number {
  const x = (places[2 * a] as number) - (places[2 * b] as number);
  const y = (places[2 * a + 1] as number) - (places[2 * b + 1] as number);
  // Not hypot, which takes ten times as long, a place.
  return Math.sqrt(x * x + y * y);
}

function halfOf(row: SceneRow, places: Float32Array, pitch: number): number {
  const last = row.first + row.seats - 1;
  const way = apart(places, row.first, last);
  if (way === 0) return SQUARE * pitch;
  const along =
    Math.max(
      Math.abs((places[2 * last] as number) - (places[2 * row.first] as number)),
      Math.abs((places[2 * last + 1] as number) - (places[2 * row.first + 1] as number)),
    ) / way;
  return SQUARE * pitch * along;
}

export function contains(outline: Float32Array, x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = outline.length - 2; i < outline.length; j = i, i += 2) {
    const [xi, yi] = [outline[i] as number, outline[i + 1] as number];
    const [xj, yj] = [outline[j] as number, outline[j + 1] as number];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** How far the nearest edge is. */
export function edgeDistance(outline: Float32Array, x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0, j = outline.length - 2; i < outline.length; j = i, i += 2) {
    const [ax, ay] = [outline[j] as number, outline[j + 1] as number];
    const [dx, dy] = [(outline[i] as number) - ax, (outline[i + 1] as number) - ay];
    const along = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(x - ax - along * dx, y - ay - along * dy));
  }
  return least;
}

const roomAt = (outline: Float32Array, [x, y]: readonly [number, number]): number =>
  contains(outline, x, y) ? edgeDistance(outline, x, y) : 0;

/** A seat as people and orders name it: `seat` counts from 1, `printed` is what stands on it. */
export function seatAt(
  scene: Scene,
  seat: number,
): { section: SceneSection; row: SceneRow; seat: number; printed: number } {
  const row = scene.rows[scene.rowOf[seat] as number] as SceneRow;
  const number = seat - row.first + 1;
  return {
    section: scene.sections[row.section] as SceneSection,
    row,
    seat: number,
    printed: printedNumber(number, row.numbering),
  };
}

/** The seat that an order names, undefined where the chart has none of that name. */
export function findSeat(
  scene: Scene,
  named: { sectionId: string; row: string; seat: number },
): number | undefined {
  const section = scene.sections.find(({ id }) => id === named.sectionId);
  const row = section?.rows.find(({ label }) => label === named.row);
  return row !== undefined && named.seat >= 1 && named.seat <= row.seats
    ? row.first + named.seat - 1
    : undefined;
}
