import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { chartQuery, venueQuery } from "./catalog";
import type { ArenaEvent, Chart, Venue } from "./contract";

/**
 * The venue as the event has it: name and address are the venue's, the sections those of the event's own chart,
 * whatever the venue became since.
 */
export function useEventVenue(event: ArenaEvent | undefined): Venue | undefined {
  const { data: venue } = useQuery(venueQuery(event?.venueId));
  const { data: chart } = useQuery(chartQuery(ownChart(event, venue)));
  return useMemo(() => asOf(event, venue, chart), [event, venue, chart]);
}

/** Which chart is still to be read: none where the venue came with the event's own sections. */
export function ownChart(event: ArenaEvent | undefined, venue: Venue | undefined) {
  if (event === undefined || venue === undefined || hasOwn(event, venue)) return undefined;
  return { venueId: event.venueId, chartId: event.chartId };
}

export function asOf(
  event: ArenaEvent | undefined,
  venue: Venue | undefined,
  chart: Chart | undefined,
): Venue | undefined {
  if (event === undefined || venue === undefined || hasOwn(event, venue)) return venue;
  return chart && { ...venue, sections: chart.sections };
}

// The page of an event brings the venue without its sections, which the chart has.
const hasOwn = (event: ArenaEvent, venue: Venue): boolean =>
  venue.chartId === event.chartId && venue.sections.length > 0;
