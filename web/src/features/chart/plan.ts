import type { ChartDocument } from "@/shared/api/contract";
import { rowLabel } from "@/shared/row-label";

// A chart as it is drawn: the documented document, and what a hand does to it. Pure; each step is a new plan.

export type Point = [number, number];
type Section = ChartDocument["sections"][number];
type Row = NonNullable<Section["rows"]>[number];
type Gate = NonNullable<ChartDocument["gates"]>[number];
export type PlanRow = Row & { accessible: number[]; companion: number[]; restricted: number[] };
export type PlanSection = Omit<Section, "rows" | "shape"> & { rows: PlanRow[]; shape: Point[] };
export type Plan = Omit<ChartDocument, "sections" | "gates" | "levels"> & {
  sections: PlanSection[];
  gates: Gate[];
  levels: string[];
};

export const FLAGS = ["accessible", "companion", "restricted"] as const;
export type Flag = (typeof FLAGS)[number];

const SIDE = 60;
const GAP = 10;
export const ROWS_MAX = 200;
export const SEATS_MAX = 500;

/** A document with what it may leave out. */
export const planOf = (document: ChartDocument): Plan => ({
  ...document,
  levels: document.levels ?? [],
  gates: document.gates ?? [],
  sections: document.sections.map((section) => ({
    ...section,
    shape: (section.shape ?? []) as Point[],
    rows: (section.rows ?? []).map((row) => ({
      ...row,
      accessible: row.accessible ?? [],
      companion: row.companion ?? [],
      restricted: row.restricted ?? [],
    })),
  })),
});

const at = <T>(list: readonly T[], index: number, change: (item: T) => T): T[] =>
  list.map((item, position) => (position === index ? change(item) : item));

export const changed = (plan: Plan, index: number, change: Partial<PlanSection>): Plan => ({
  ...plan,
  sections: at(plan.sections, index, (section) => ({ ...section, ...change })),
});

/** Left, top, right and bottom of all that lies somewhere. */
export function boundsOf(plan: Plan): readonly [number, number, number, number] {
  const points = [
    ...plan.sections.flatMap(({ shape }) => shape),
    ...plan.gates.map((gate) => gate.at as Point),
    ...((plan.field?.shape ?? []) as Point[]),
  ];
  if (points.length === 0) return [0, 0, 4 * SIDE, 3 * SIDE];
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** A square below all others, for a hand to drag where it belongs. */
export function added(plan: Plan, name: string): Plan {
  const [left, , , bottom] = boundsOf(plan);
  const top = plan.sections.length === 0 ? 0 : bottom + GAP;
  const shape: Point[] = [
    [left, top],
    [left + SIDE, top],
    [left + SIDE, top + SIDE],
    [left, top + SIDE],
  ];
  return { ...plan, sections: [...plan.sections, { name, kind: "SEATED", shape, rows: [] }] };
}

export const removed = (plan: Plan, index: number): Plan => ({
  ...plan,
  sections: plan.sections.filter((_, position) => position !== index),
});

const shifted = ([x, y]: Point, [dx, dy]: Point): Point => [round(x + dx), round(y + dy)];
const round = (value: number): number => Math.round(value * 100) / 100;

/** A section with all that lies in it; rows that were drawn by hand go along. */
export const moved = (plan: Plan, index: number, by: Point): Plan => ({
  ...plan,
  sections: at(plan.sections, index, (section) => ({
    ...section,
    shape: section.shape.map((point) => shifted(point, by)),
    rows: section.rows.map((row) => ({
      ...row,
      ...(row.line !== undefined && { line: row.line.map((point) => shifted(point as Point, by)) }),
      ...(row.arc != null && { arc: { ...row.arc, centre: shifted(row.arc.centre as Point, by) } }),
    })),
  })),
});

export const cornered = (plan: Plan, index: number, corner: number, to: Point): Plan => ({
  ...plan,
  sections: at(plan.sections, index, (section) => ({
    ...section,
    shape: at(section.shape, corner, () => [round(to[0]), round(to[1])]),
  })),
});

/** A corner more, in the middle of the side that follows. */
export const splitCorner = (plan: Plan, index: number, corner: number): Plan => ({
  ...plan,
  sections: at(plan.sections, index, (section) => {
    const { shape } = section;
    const [a, b] = [shape[corner], shape[(corner + 1) % shape.length]];
    if (a === undefined || b === undefined) return section;
    const middle: Point = [round((a[0] + b[0]) / 2), round((a[1] + b[1]) / 2)];
    return { ...section, shape: [...shape.slice(0, corner + 1), middle, ...shape.slice(corner + 1)] };
  }),
});

/** So many rows with so many seats each, laid within the section by the server. Flags that still fit stay. */
export function filled(plan: Plan, index: number, wish: { rows: number; seats: number }): Plan {
  const keep = (numbers: number[]) => numbers.filter((number) => number <= wish.seats);
  return {
    ...plan,
    sections: at(plan.sections, index, (section) => ({
      ...section,
      kind: "SEATED",
      capacity: null,
      rows: Array.from({ length: wish.rows }, (_, row) => {
        const before = section.rows[row];
        return {
          label: before?.label ?? rowLabel(row),
          seats: wish.seats,
          accessible: keep(before?.accessible ?? []),
          companion: keep(before?.companion ?? []),
          restricted: keep(before?.restricted ?? []),
        };
      }),
    })),
  };
}

/** These seats are of that kind, and of no other; null is a seat like most. */
export const flagged = (
  plan: Plan,
  index: number,
  row: number,
  seats: readonly number[],
  flag: Flag | null,
): Plan => ({
  ...plan,
  sections: at(plan.sections, index, (section) => ({
    ...section,
    rows: at(section.rows, row, (each) => {
      const next = { ...each };
      for (const name of FLAGS) {
        const others = each[name].filter((number) => !seats.includes(number));
        next[name] = name === flag ? [...others, ...seats].sort((a, b) => a - b) : others;
      }
      return next;
    }),
  })),
});

export const flagOf = (row: PlanRow, seat: number): Flag | null =>
  FLAGS.find((name) => row[name].includes(seat)) ?? null;

/** "1-4 9" as it is in a list of rows; null for what is no such list, or beyond the row. */
export function seatsOf(text: string, most: number): number[] | null {
  const found = new Set<number>();
  for (const part of text.split(/[\s,]+/).filter((each) => each !== "")) {
    const range = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part);
    if (range === null) return null;
    const [first, last] = [Number(range[1]), Number(range[2] ?? range[1])];
    if (first < 1 || last > most || first > last) return null;
    for (let seat = first; seat <= last; seat += 1) found.add(seat);
  }
  return [...found].sort((a, b) => a - b);
}

export const placesIn = ({ kind, capacity, rows }: PlanSection): number =>
  kind === "GENERAL" ? (capacity ?? 0) : rows.reduce((sum, { seats }) => sum + seats, 0);

export const gated = (plan: Plan, name: string): Plan => {
  const [left, top] = boundsOf(plan);
  return { ...plan, gates: [...plan.gates, { name, at: [round(left - GAP), round(top)] }] };
};

export const movedGate = (plan: Plan, index: number, by: Point): Plan => ({
  ...plan,
  gates: at(plan.gates, index, (gate) => ({ ...gate, at: shifted(gate.at as Point, by) })),
});

/** Without it; sections that named it name none. */
export const ungated = (plan: Plan, index: number): Plan => {
  const gone = plan.gates[index]?.name;
  return {
    ...plan,
    gates: plan.gates.filter((_, position) => position !== index),
    sections: plan.sections.map((section) =>
      section.gate != null && section.gate === gone ? { ...section, gate: null } : section,
    ),
  };
};
