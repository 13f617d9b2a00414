import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import { useSearchParams } from "react-router";
import { chartQuery } from "@/shared/api/catalog";
import type { ArenaEvent, Chart } from "@/shared/api/contract";
import type { Scene, SceneSection } from "@/shared/map/engine/scene";
import type { SeatHouse } from "@/shared/map/seat-house";
import { useScene } from "@/shared/map/use-scene";
import { houseQuery } from "./house-query";
import { pacedSeats } from "./paced";
import { SeatFeeds } from "./seats-feed";

export interface Seating {
  chart: Chart;
  /** As the map shows it: upright on a phone. Seats have the same numbers either way. */
  scene: Scene;
  house: SeatHouse | undefined;
  feeds: SeatFeeds | undefined;
}

/** The house of an event with the state of every seat, kept alive where somebody looks. */
export function useSeating(event: ArenaEvent | undefined, isUpright: boolean): Seating | undefined {
  const client = useQueryClient();
  const { data: chart } = useQuery(chartQuery(event && { venueId: event.venueId, chartId: event.chartId }));
  const eventId = event?.id ?? "";
  const scene = useScene(chart, isUpright ? "upright" : "lying");
  const isCounted = useSearchParams()[0].get("accessible") === "1";
  const { data: house } = useQuery(
    houseQuery(eventId, scene && { of: scene, chartId: chart?.id ?? "" }, client, isCounted),
  );
  const feeds = useMemo(() => house && new SeatFeeds(eventId, house), [eventId, house]);
  // Whoever leaves the page listens no longer.
  useSyncExternalStore(
    useMemo(() => holdOpen(feeds), [feeds]),
    nothing,
  );
  return useMemo(() => chart && scene && { chart, scene, house, feeds }, [chart, scene, house, feeds]);
}

const nothing = (): null => null;
const holdOpen = (feeds: SeatFeeds | undefined) => () => () => feeds?.close();

/** Whoever reads a section's seats hears of them, also where the address has opened it. */
export function useSectionFeed(feeds: SeatFeeds | undefined, sectionId: string): void {
  useSyncExternalStore(
    useMemo(() => lookingAt(feeds, sectionId), [feeds, sectionId]),
    nothing,
  );
}

const lookingAt = (feeds: SeatFeeds | undefined, sectionId: string) => () => {
  feeds?.lookAt([sectionId]);
  return () => feeds?.lookAt([]);
};

/** Draws anew when seats of a section changed, at the pace at which that can be read. */
export function useSectionChanges(house: SeatHouse | undefined, section: SceneSection | undefined): void {
  const changes = useMemo(
    () => (house === undefined || section === undefined ? STILL : pacedSeats(house, section)),
    [house, section],
  );
  useSyncExternalStore(changes.watch, changes.read);
}

/** Counts the changes of the house, for who shows single seats in words. */
export const useHouseChanges = (house: SeatHouse | undefined): number =>
  useSyncExternalStore(house?.watch ?? never, house?.read ?? zero);
const never = () => () => undefined;
const zero = (): number => 0;
const STILL = { watch: never, read: zero };
