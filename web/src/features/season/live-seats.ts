import type { QueryClient } from "@tanstack/react-query";
import type { SeatChange, SectionSeats } from "@/shared/map/seat-house";
import { SeatsTopic } from "@/shared/map/seats-topic";
import { getWire } from "@/shared/realtime/connection";
import { Stream } from "@/shared/realtime/stream";
import { sectionSeatsQuery } from "./api";

/** The server lets a socket listen to 64 things; what else a page hears has room beside. */
export const DATES_LIVE_MAX = 48;

/** A section's seats once some of them have another state. */
export function changed(known: SectionSeats, changes: readonly SeatChange[]): SectionSeats {
  const rows = known.rows.map((row) => {
    const its = changes.filter(
      ([label, seat]) => label === row.label && seat >= 1 && seat <= row.seats.length,
    );
    if (its.length === 0) return row;
    const letters = [...row.seats];
    for (const [, seat, letter] of its) letters[seat - 1] = letter;
    return { ...row, seats: letters.join("") };
  });
  return { ...known, rows };
}

/** Hears of a section's seats at every date for as long as somebody looks; the query cache is the only copy. */
export const sectionAtDates =
  (client: QueryClient, { eventIds, sectionId }: { eventIds: readonly string[]; sectionId: string }) =>
  (): (() => void) => {
    const leave = eventIds.slice(0, DATES_LIVE_MAX).map((eventId) => {
      const { queryKey } = sectionSeatsQuery(eventId, sectionId);
      const topic = new SeatsTopic(
        { eventId, sectionId },
        {
          takeSection: (whole) => client.setQueryData(queryKey, whole),
          takeChanges: (_, changes) =>
            client.setQueryData(queryKey, (known) => known && changed(known, changes)),
        },
      );
      return new Stream({ wire: getWire(), topic }).watch(() => undefined);
    });
    return () => {
      for (const each of leave) each();
    };
  };
