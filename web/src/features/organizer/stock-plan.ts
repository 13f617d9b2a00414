import type { ArenaEvent } from "@/shared/api/contract";

// What of a section is for sale, as the event's rules say it. Pure: the whole config with one section's plan changed.

export type Config = ArenaEvent["capacityConfig"];
export type Plan = Config["sections"][string];

/** All that the chart has of the section is for sale. */
export function released(config: Config, sectionId: string): Config {
  const { [sectionId]: _, ...sections } = config.sections;
  return { ...config, sections };
}

export function planned(config: Config, sectionId: string, plan: Plan | undefined): Config {
  if (plan === undefined) return released(config, sectionId);
  return { ...config, sections: { ...config.sections, [sectionId]: plan } };
}

interface Row {
  label: string;
  /** A letter a seat: F is free. */
  seats: string;
}

/** What is free now is sold no more: a count where one stands, the seats by name where one sits. */
export function heldBack(plan: Plan | undefined, free: number, rows: readonly Row[] | null): Plan {
  if (rows === null) {
    const before = typeof plan?.blocked === "number" ? plan.blocked : 0;
    return { ...plan, blocked: before + free };
  }
  const before = Array.isArray(plan?.blocked) ? plan.blocked : [];
  const taken = rows.flatMap(({ label, seats }) =>
    [...seats].flatMap((state, index) => (state === "F" ? [{ row: label, seat: index + 1 }] : [])),
  );
  return { ...plan, blocked: [...before, ...taken] };
}
