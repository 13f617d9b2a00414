import type { Span } from "@/features/money/api";

export const SPANS = ["all", "month", "lastMonth", "year", "lastYear"] as const;
export type SpanName = (typeof SPANS)[number];

/** A span of the calendar where the reader is; its ends are moments, the later one left out. */
export function spanOf(name: SpanName, now: Date): Span {
  const [year, month] = [now.getFullYear(), now.getMonth()];
  switch (name) {
    case "all":
      return { from: null, to: null };
    case "month":
      return between(new Date(year, month), new Date(year, month + 1));
    case "lastMonth":
      return between(new Date(year, month - 1), new Date(year, month));
    case "year":
      return between(new Date(year, 0), new Date(year + 1, 0));
    case "lastYear":
      return between(new Date(year - 1, 0), new Date(year, 0));
  }
}

const between = (from: Date, to: Date): Span => ({ from: from.toISOString(), to: to.toISOString() });
