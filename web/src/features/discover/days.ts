import type { EventCard } from "@/shared/api/contract";
import { groupBy } from "@/shared/group-by";
import { dayOf } from "@/shared/i18n/format";

export type DayName = "today" | "tomorrow" | "weekday" | "date";

export interface DayGroup {
  day: string;
  name: DayName;
  events: EventCard[];
}

/** Events by the calendar day at their venue, in order of time. */
export function groupByDay(events: readonly EventCard[], now: number): DayGroup[] {
  const sorted = [...events].sort((a, b) => Date.parse(a.startTime) - Date.parse(b.startTime));
  const groups = groupBy(sorted, (event) => dayOf(event.startTime, event.venue.timezone));
  return [...groups].map(([day, group]) => ({ day, events: group, name: nameOf(day, group, now) }));
}

function nameOf(day: string, group: EventCard[], now: number): DayName {
  const first = group[0];
  const today = dayOf(now, first?.venue.timezone);
  const ahead = Math.round((Date.parse(day) - Date.parse(today)) / 86_400_000);
  if (ahead === 0) return "today";
  if (ahead === 1) return "tomorrow";
  return ahead > 1 && ahead < 7 ? "weekday" : "date";
}

export type When = "any" | "today" | "weekend" | "nextWeek";

/** The half-open span of a "When" chip in the reader's own calendar. */
export function spanOf(when: When, now: number): { from: string | null; to: string | null } {
  const today = new Date(now);
  const midnight = (days: number) =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() + days).toISOString();
  const weekday = (today.getDay() + 6) % 7;
  switch (when) {
    case "today":
      return { from: midnight(0), to: midnight(1) };
    case "weekend":
      return { from: midnight(Math.max(0, 5 - weekday)), to: midnight(7 - weekday) };
    case "nextWeek":
      return { from: midnight(7 - weekday), to: midnight(14 - weekday) };
    default:
      return { from: midnight(0), to: null };
  }
}
