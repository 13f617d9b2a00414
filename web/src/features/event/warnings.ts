import { findSeat, RESTRICTED } from "@/shared/map/engine/scene";
import { orphans } from "@/shared/map/orphans";
import { FREE } from "@/shared/map/seat-house";
import type { Pick } from "./basket";
import type { Seating } from "./use-seat-house";

export interface Warnings {
  /** Seats left single beside what is picked, where it could be helped. */
  lonely: { row: string; printed: number }[];
  /** Picked seats whose view is limited, with what is in the way where somebody wrote it down. */
  restricted: { pick: Pick; view: string | undefined }[];
}
export const NO_WARNINGS: Warnings = { lonely: [], restricted: [] };

/** What somebody should know of the picked seats before they pay. */
export function warningsOf(seating: Seating | undefined, picks: readonly Pick[]): Warnings {
  if (seating?.house === undefined) return NO_WARNINGS;
  const { scene, house } = seating;
  const byRow = new Map<number, number[]>();
  const restricted: Warnings["restricted"] = [];
  for (const each of picks) {
    const seat =
      each.seat === null ? undefined : findSeat(scene, { sectionId: each.sectionId, ...each.seat });
    if (seat === undefined) continue;
    const row = scene.rows[scene.rowOf[seat] as number];
    if (row === undefined) continue;
    byRow.set(row.index, [...(byRow.get(row.index) ?? []), seat - row.first + 1]);
    if ((scene.marks[seat] as number) & RESTRICTED)
      restricted.push({ pick: each, view: row.view ?? scene.sections[row.section]?.view });
  }
  const lonely: Warnings["lonely"] = [];
  for (const [index, taking] of byRow) {
    const row = scene.rows[index];
    if (row === undefined) continue;
    for (const { from, letters } of house.stretches(row)) {
      // What is picked may be held by us already, or still be free: for the rule it is free until taken.
      const its = taking.filter((seat) => seat > from && seat <= from + letters.length);
      const open = [...letters].map((letter, n) => (its.includes(from + n + 1) ? "F" : letter)).join("");
      for (const seat of orphans(
        open,
        its.map((seat) => seat - from),
      ).avoidable) {
        const at = from + seat;
        if (house.states[row.first + at - 1] !== FREE) continue;
        lonely.push({ row: row.label, printed: printed(at, row.numbering) });
      }
    }
  }
  return { lonely, restricted };
}

const printed = (seat: number, numbering: { start?: number; step?: number } | undefined): number =>
  (numbering?.start ?? 1) + (seat - 1) * (numbering?.step ?? 1);
