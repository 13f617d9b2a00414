import type { CapacityUpdate } from "@/shared/api/contract";
import { order } from "@/shared/realtime/stream";

export type Step =
  | { kind: "applied"; next: CapacityUpdate }
  | { kind: "ignored" }
  /** Frames are missing, or sequences started anew: ask the server again. */
  | { kind: "gap" };

/** One `event:capacity` frame on top of what is known. Frames carry state, so merging is replacing section by section. */
export function applyFrame(known: CapacityUpdate | undefined, frame: CapacityUpdate): Step {
  const place = order(known, frame);
  if (known === undefined || place === "gap") return { kind: "gap" };
  if (place === "seen") return { kind: "ignored" };
  const changed = new Map(frame.sections.map((section) => [section.sectionId, section]));
  const kept = known.sections.map((section) => changed.get(section.sectionId) ?? section);
  const ids = new Set(known.sections.map((section) => section.sectionId));
  const added = frame.sections.filter((section) => !ids.has(section.sectionId));
  return { kind: "applied", next: { ...known, ...frame, sections: [...kept, ...added] } };
}

/** A whole state, by snapshot or by GET, never takes the place of a newer one of the same epoch. */
export function newer(known: CapacityUpdate | undefined, whole: CapacityUpdate): CapacityUpdate {
  if (known === undefined || known.epoch !== whole.epoch) return whole;
  if (known.sequence === null || whole.sequence === null) return whole;
  return whole.sequence >= known.sequence ? whole : known;
}
