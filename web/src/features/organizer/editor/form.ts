import type { ArenaEvent, EventChange, PricingTier, Section } from "@/shared/api/contract";
import type { Yarn } from "@/shared/ui/scarf-design";

// What of an event is edited, and how two people's changes become one. Pure: no server, no screen.

const FIELDS = [
  "name",
  "description",
  "startTime",
  "endTime",
  "salesStartAt",
  "salesEndAt",
  "taxRate",
  "scarf",
  "capacityConfig",
  "pricingTiers",
] as const;
export type FieldName = (typeof FIELDS)[number];

export type EventForm = Pick<
  ArenaEvent,
  "name" | "description" | "startTime" | "endTime" | "taxRate" | "capacityConfig" | "pricingTiers"
> & { salesStartAt: string | null; salesEndAt: string | null; scarf: Yarn[] | null };

export const formOf = (event: ArenaEvent): EventForm => ({
  name: event.name,
  description: event.description,
  startTime: event.startTime,
  endTime: event.endTime,
  salesStartAt: event.salesStartAt ?? null,
  salesEndAt: event.salesEndAt ?? null,
  taxRate: event.taxRate,
  scarf: event.scarf ?? null,
  capacityConfig: event.capacityConfig,
  pricingTiers: event.pricingTiers,
});

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const changed = (base: EventForm, form: EventForm): FieldName[] =>
  FIELDS.filter((field) => !same(base[field], form[field]));

/** What has to be sent for the server to have it as the form does; nothing where nothing changed. */
export function changesOf(base: EventForm, form: EventForm): EventChange | null {
  const fields = changed(base, form);
  if (fields.length === 0) return null;
  return Object.fromEntries(fields.map((field) => [field, form[field]])) as EventChange;
}

export interface Merge {
  /** Theirs, with my changes where they changed nothing, and mine where both did. */
  form: EventForm;
  /** What both changed, each to something else: a person decides. */
  conflicts: FieldName[];
}

export function merge(base: EventForm, mine: EventForm, theirs: EventForm): Merge {
  const ours = changed(base, mine);
  const form = { ...theirs, ...Object.fromEntries(ours.map((field) => [field, mine[field]])) } as EventForm;
  const both = new Set(changed(base, theirs));
  return { form, conflicts: ours.filter((field) => both.has(field) && !same(mine[field], theirs[field])) };
}

/** A step to go back to, with what they changed since: undoing takes back one's own alone. */
export const rebased = (form: EventForm, before: EventForm, theirs: EventForm): EventForm => ({
  ...form,
  ...Object.fromEntries(changed(before, theirs).map((field) => [field, theirs[field]])),
});

/** The newest step that is not what is on the screen already, and those before it. */
export function stepBack(
  past: readonly EventForm[],
  shown: EventForm,
): { form: EventForm; before: EventForm[] } | null {
  const at = past.findLastIndex((form) => changed(form, shown).length > 0);
  const form = past[at];
  return form === undefined ? null : { form, before: past.slice(0, at) };
}

/** Mine again, but for what was decided to be theirs. */
export const decide = (form: EventForm, theirs: EventForm, fields: readonly FieldName[]): EventForm => ({
  ...form,
  ...Object.fromEntries(fields.map((field) => [field, theirs[field]])),
});

// ---- prices ----

/** A section sells at each of its levels; these have none. */
export const unpriced = (tiers: readonly PricingTier[], sections: readonly Section[]): Section[] => {
  const priced = new Set(tiers.flatMap(({ sectionIds }) => sectionIds));
  return sections.filter(({ id }) => !priced.has(id));
};

/** What a tier brings when all of its sections are sold at it. */
export const brings = (tier: PricingTier, sections: readonly Section[]): number =>
  sections
    .filter(({ id }) => tier.sectionIds.includes(id))
    .reduce((sum, { capacity }) => sum + capacity * (tier.amount + tier.fee), 0);

/** A section painted with a price leaves the others of the same level. */
export const painted = (tiers: readonly PricingTier[], index: number, sectionId: string): PricingTier[] => {
  const chosen = tiers[index];
  return tiers.map((tier, position) => {
    if (position === index) return { ...tier, sectionIds: [...new Set([...tier.sectionIds, sectionId])] };
    if (tier.priceLevel !== chosen?.priceLevel) return tier;
    return { ...tier, sectionIds: tier.sectionIds.filter((id) => id !== sectionId) };
  });
};

// ---- the checklist ----

export type Check = "name" | "times" | "prices" | "sections" | "description";

/** What is still open before fans should see it; only the first three stand in the way. */
export function openChecks(form: EventForm, sections: readonly Section[], now: number): Check[] {
  const open: Check[] = [];
  if (form.name.trim() === "") open.push("name");
  if (form.endTime <= form.startTime || Date.parse(form.startTime) <= now) open.push("times");
  if (form.pricingTiers.every(({ sectionIds }) => sectionIds.length === 0)) open.push("prices");
  else if (unpriced(form.pricingTiers, sections).length > 0) open.push("sections");
  if (form.description.trim() === "") open.push("description");
  return open;
}

export const BLOCKING: readonly Check[] = ["name", "times", "prices"];
