import type { Plan, PlanSection } from "./plan";

// Two people drew over the same chart: what differs, section by section, and one chart of both. Pure.

export type Side = "mine" | "theirs";
const ASPECTS = ["name", "shape", "places", "gate", "other"] as const;
export type Aspect = (typeof ASPECTS)[number];

const PARTS = ["name", "field", "levels", "gates", "texts", "obstacles"] as const;
export type Part = (typeof PARTS)[number];

export interface Difference {
  /** The section's id where it has one, or the part of the house. */
  key: string;
  /** What of the house around the sections it is; null for a section. */
  part: Part | null;
  /** A section as it is called by whoever has it. */
  name: string;
  /** None where that side has no such section. */
  mine: PlanSection | null;
  theirs: PlanSection | null;
  /** In what the two differ; nothing where one side has it alone. */
  aspects: readonly Aspect[];
  by: "me" | "them" | "both";
}

/** What is there in one side and in the other, each under the key of its section. */
function keyed(plan: Plan, others: readonly Plan[]): Map<string, PlanSection> {
  const own = new Set(plan.sections.flatMap(({ id }) => id ?? []));
  const known = new Map<string, string>();
  for (const { id, name } of others.flatMap(({ sections }) => sections))
    if (id != null && !own.has(id)) known.set(name, id);
  return new Map(
    // As the server does: who brings no id is the section of that name, if there is one.
    plan.sections.map((section, index) => [section.id ?? known.get(section.name) ?? `new ${index}`, section]),
  );
}

/** The same for the same drawing, whoever wrote it down: what is left out is as what is empty. */
const sign = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => {
    if (Array.isArray(part) || typeof part !== "object" || part === null) return part;
    const said = Object.entries(part).filter(
      ([, each]) => each != null && !(Array.isArray(each) && each.length === 0),
    );
    return Object.fromEntries(said.sort(([a], [b]) => (a < b ? -1 : 1)));
  }) ?? "";

const same = (a: unknown, b: unknown): boolean => sign(a ?? null) === sign(b ?? null);

/** A house without a field has one of no kind, once it was saved. */
const partOf = (plan: Plan, part: Part): unknown =>
  part === "field" ? { kind: "none", ...plan.field } : plan[part];

const withoutId = (section: PlanSection | undefined): Omit<PlanSection, "id"> | null => {
  if (section === undefined) return null;
  const { id: _, ...rest } = section;
  return rest;
};

function aspectsOf(mine: PlanSection, theirs: PlanSection): Aspect[] {
  const parts = ({ id: _, name, shape, kind, rows, capacity, gate, ...other }: PlanSection) => ({
    ...{ name, shape, gate, other },
    places: { kind, rows, capacity },
  });
  const [one, two] = [parts(mine), parts(theirs)];
  return ASPECTS.filter((aspect) => !same(one[aspect], two[aspect]));
}

const byWhom = (base: unknown, mine: unknown, theirs: unknown): Difference["by"] => {
  if (same(base, theirs)) return "me";
  return same(base, mine) ? "them" : "both";
};

/** Where mine is not theirs, in the order of their chart and then of mine. */
export function differences(base: Plan, mine: Plan, theirs: Plan): Difference[] {
  const [was, own, other] = [keyed(base, []), keyed(mine, [base, theirs]), keyed(theirs, [])];
  const found: Difference[] = [];
  for (const key of new Set([...other.keys(), ...own.keys()])) {
    const [a, b, c] = [was, own, other].map((side) => withoutId(side.get(key)));
    if (same(b, c)) continue;
    const [have, has] = [own.get(key) ?? null, other.get(key) ?? null];
    found.push({
      ...{ key, part: null, mine: have, theirs: has, by: byWhom(a, b, c) },
      name: (have ?? has)?.name ?? "",
      aspects: have === null || has === null ? [] : aspectsOf(have, has),
    });
  }
  for (const part of PARTS) {
    const [a, b, c] = [base, mine, theirs].map((plan) => partOf(plan, part));
    if (same(b, c)) continue;
    const by = byWhom(a, b, c);
    found.push({ key: part, part, name: "", mine: null, theirs: null, aspects: [], by });
  }
  return found;
}

/** Whose it is unless a person says otherwise: of who alone changed it, else mine. */
export const sideOf = ({ by }: Difference): Side => (by === "them" ? "theirs" : "mine");

export type Decided = Difference & { side: Side };

/** One chart of both: each difference from the side that is named. A gate or level that a section names comes along. */
export function joined(mine: Plan, theirs: Plan, found: readonly Decided[]): Plan {
  const chosen = new Map(found.map((each) => [each.key, each]));
  const take = (each: Decided) => (each.side === "mine" ? each.mine : each.theirs);
  const kept = [...keyed(theirs, [])].flatMap(([key, section]) => {
    const decided = chosen.get(key);
    return decided === undefined ? section : (take(decided) ?? []);
  });
  const added = found.flatMap((each) =>
    each.theirs === null && each.side === "mine" ? (each.mine ?? []) : [],
  );
  const sections = [...kept, ...added];
  const own = Object.fromEntries(
    PARTS.filter((part) => chosen.get(part)?.side === "mine").map((part) => [part, mine[part]]),
  );
  const house = { ...theirs, ...own };
  const named = sections.flatMap(({ gate }) => gate ?? []);
  const levels = sections.flatMap(({ level }) => level ?? []);
  const gates = new Map([...theirs.gates, ...mine.gates].map((gate) => [gate.name, gate]));
  for (const { name } of house.gates) gates.delete(name);
  return {
    ...house,
    sections,
    gates: [...house.gates, ...[...gates.values()].filter(({ name }) => named.includes(name))],
    levels: [...new Set([...house.levels, ...levels])],
  };
}
