// What a line of the audit log says was changed, field by field.

export interface Changed {
  /** Empty where one value alone was changed. */
  field: string;
  before: string;
  after: string;
}

type Details = Record<string, unknown>;

/** What differs between before and after, and what else is told. */
export function changesOf(details: Details): { changed: Changed[]; told: [string, string][] } {
  const { before, after, ...rest } = details;
  const hasBoth = "before" in details || "after" in details;
  return {
    changed: hasBoth ? differing(before, after) : [],
    told: Object.entries(rest).map(([name, value]) => [name, shown(value)]),
  };
}

function differing(before: unknown, after: unknown, path = ""): Changed[] {
  if (isRecord(before) || isRecord(after)) {
    const from = isRecord(before) ? before : {};
    const to = isRecord(after) ? after : {};
    const fields = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return fields.flatMap((field) =>
      differing(from[field], to[field], path === "" ? field : `${path}.${field}`),
    );
  }
  const values = { before: shown(before), after: shown(after) };
  return values.before === values.after ? [] : [{ field: path, ...values }];
}

const isRecord = (value: unknown): value is Details =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function shown(value: unknown): string {
  if (value === undefined || value === null) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
