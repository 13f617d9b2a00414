import type { ChartDocument } from "@/shared/api/contract";

// A file that somebody chose is anything. What the editor reads of a chart is looked at here; the server judges the rest.

/** What of a file is no chart, by its place in it. */
export class NoChart extends Error {}

type Known = Record<string, unknown>;

const isRecord = (value: unknown): value is Known =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isPoint = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every((part) => Number.isFinite(part));
const isSeats = (value: unknown): boolean => Array.isArray(value) && value.every(Number.isInteger);
const isText = (value: unknown): boolean => typeof value === "string";
const orNothing = (is: (value: unknown) => boolean) => (value: unknown) => value == null || is(value);
const orLeftOut = (is: (value: unknown) => boolean) => (value: unknown) => value === undefined || is(value);
const listOf = (is: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.every(is);

const ROW = {
  label: isText,
  seats: (value: unknown) => Number.isInteger(value),
  accessible: orLeftOut(isSeats),
  companion: orLeftOut(isSeats),
  restricted: orLeftOut(isSeats),
  line: orLeftOut(listOf(isPoint)),
  arc: orNothing((value) => isRecord(value) && isPoint(value.centre)),
};
const SECTION = {
  name: isText,
  kind: (value: unknown) => value === "SEATED" || value === "GENERAL",
  shape: orLeftOut(listOf(isPoint)),
  gate: orNothing(isText),
  capacity: orNothing(Number.isInteger),
};
const GATE = { name: isText, at: isPoint };
const FIELD = { shape: orLeftOut(listOf(isPoint)) };

function judge(value: unknown, at: string, parts: Record<string, (value: unknown) => boolean>): Known {
  if (!isRecord(value)) throw new NoChart(at);
  for (const [name, is] of Object.entries(parts)) if (!is(value[name])) throw new NoChart(`${at}.${name}`);
  return value;
}

function each(value: unknown, at: string, look: (item: unknown, at: string) => void): void {
  if (!Array.isArray(value)) throw new NoChart(at);
  value.forEach((item, index) => {
    look(item, `${at}.${index}`);
  });
}

/** The chart in a file; raises `NoChart` for what the editor could not draw. */
export function chartIn(text: string): ChartDocument {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new NoChart("JSON");
  }
  const found = judge(read, "chart", {});
  each(found.sections, "sections", (section, at) => {
    const { rows } = judge(section, at, SECTION);
    if (rows != null) each(rows, `${at}.rows`, (row, where) => judge(row, where, ROW));
  });
  if (found.gates !== undefined) each(found.gates, "gates", (gate, at) => judge(gate, at, GATE));
  if (found.field !== undefined) judge(found.field, "field", FIELD);
  if (!orLeftOut(listOf(isText))(found.levels)) throw new NoChart("levels");
  return found as unknown as ChartDocument;
}
