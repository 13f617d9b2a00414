import type { QueryClient } from "@tanstack/react-query";
import type { SeatChange, SectionSeats } from "@/shared/map/seat-house";
import { SeatsTopic } from "@/shared/map/seats-topic";
import { getWire } from "@/shared/realtime/connection";
import { Stream } from "@/shared/realtime/stream";
import { sectionSeatsQuery } from "./api";

/** A socket may say 60 things at once: another section is twice as many, to leave and to join. Others are read anew. */
export const DATES_LIVE_MAX = 20;
/** Who runs through the sections listens to where they stay. */
const SETTLED_MS = 500;

/** A section's seats once some of them have another state, as the frame of that number said. */
export function changed(
  known: SectionSeats,
  changes: readonly SeatChange[],
  sequence: number | null,
): SectionSeats {
  const rows = known.rows.map((row) => {
    const its = changes.filter(
      ([label, seat]) => label === row.label && seat >= 1 && seat <= row.seats.length,
    );
    if (its.length === 0) return row;
    const letters = [...row.seats];
    for (const [, seat, letter] of its) letters[seat - 1] = letter;
    return { ...row, seats: letters.join("") };
  });
  return { ...known, rows, sequence };
}

/** Hears of a section's seats at every date for as long as somebody looks; the query cache is the only copy. */
export const sectionAtDates =
  (client: QueryClient, { eventIds, sectionId }: { eventIds: readonly string[]; sectionId: string }) =>
  (): (() => void) => {
    const watch = (eventId: string) => {
      const { queryKey } = sectionSeatsQuery(eventId, sectionId);
      const topic: SeatsTopic = new SeatsTopic(
        { eventId, sectionId },
        {
          takeSection: (whole) => client.setQueryData(queryKey, whole),
          takeChanges: (_, changes) =>
            client.setQueryData(queryKey, (known) => known && changed(known, changes, topic.since() ?? null)),
        },
      );
      return new Stream({ wire: getWire(), topic }).watch(() => undefined);
    };
    let leave: (() => void)[] = [];
    const timer = setTimeout(() => {
      leave = eventIds.slice(0, DATES_LIVE_MAX).map(watch);
    }, SETTLED_MS);
    return () => {
      clearTimeout(timer);
      for (const each of leave) each();
    };
  };
