import type { NewVenue } from "@/shared/api/contract";
import { rowLabel } from "@/shared/row-label";

// Stands as somebody types them, and the sections they become: laid around the middle, for the map to draw.

export interface Stand {
  name: string;
  kind: "SEATED" | "GENERAL";
  /** Sections side by side. */
  sections: number;
  rows: number;
  /** Seats a row; places of a section where one stands. */
  seats: number;
  gate: string;
}

type Section = NewVenue["sections"][number];

const MIDDLE = { width: 120, height: 80 };
const DEPTH = 44;
const GAP = 3;

/** The first four stands lie around the middle; further ones behind them, ring by ring. */
export function sectionsOf(stands: readonly Stand[]): Section[] {
  return stands.flatMap((stand, position) => {
    const side = position % 4;
    const ring = Math.floor(position / 4);
    return Array.from({ length: stand.sections }, (_, index): Section => {
      const name = stand.sections === 1 ? stand.name : `${stand.name} ${index + 1}`;
      const section: Section = {
        name,
        kind: stand.kind,
        shape: block({ side, ring, index, count: stand.sections }),
        ...(stand.gate.trim() !== "" && { gate: stand.gate.trim() }),
      };
      if (stand.kind === "GENERAL") return { ...section, capacity: stand.seats };
      return {
        ...section,
        rows: Array.from({ length: stand.rows }, (__, row) => ({ label: rowLabel(row), seats: stand.seats })),
      };
    });
  });
}

export const placesOf = ({ kind, sections, rows, seats }: Stand): number =>
  sections * (kind === "SEATED" ? rows * seats : seats);

function block({
  side,
  ring,
  index,
  count,
}: {
  side: number;
  ring: number;
  index: number;
  count: number;
}): [number, number][] {
  const isLong = side % 2 === 0;
  const away = ring * (DEPTH + GAP);
  const length = isLong ? MIDDLE.width : MIDDLE.height;
  const from = -length / 2 + (index * length) / count + GAP / 2;
  const to = -length / 2 + ((index + 1) * length) / count - GAP / 2;
  const near = (isLong ? MIDDLE.height : MIDDLE.width) / 2 + GAP + away;
  const far = near + DEPTH;
  const sign = side < 2 ? -1 : 1;
  const corners: [number, number][] = [
    [from, sign * near],
    [to, sign * near],
    [to, sign * far],
    [from, sign * far],
  ];
  return isLong ? corners : corners.map(([along, out]) => [out, along]);
}
