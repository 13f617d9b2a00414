import { useQueries } from "@tanstack/react-query";
import { chartQuery, venueQuery } from "./catalog";
import type { ArenaEvent, Venue } from "./contract";
import { asOf, ownChart } from "./use-event-venue";

/** The venues of many events as those have them, by the event's id; those that are not there yet are left out. */
export function useEventVenues(events: readonly ArenaEvent[]): ReadonlyMap<string, Venue> {
  const venues = useQueries({
    queries: [...new Set(events.map((event) => event.venueId))].map((id) => venueQuery(id)),
    combine: (results) => new Map(results.flatMap(({ data }) => (data ? [[data.id, data]] : []))),
  });
  const wanted = events.map((event) => ownChart(event, venues.get(event.venueId)));
  const charts = useQueries({
    queries: wanted.filter((own) => own !== undefined).map((own) => chartQuery(own)),
    combine: (results) => new Map(results.flatMap(({ data }) => (data ? [[data.id, data]] : []))),
  });
  return new Map(
    events.flatMap((event) => {
      const venue = asOf(event, venues.get(event.venueId), charts.get(event.chartId));
      return venue === undefined ? [] : [[event.id, venue] as const];
    }),
  );
}
