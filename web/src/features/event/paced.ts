import {
  type DefaultError,
  type QueryClient,
  type QueryKey,
  QueryObserver,
  type QueryObserverOptions,
} from "@tanstack/react-query";

/** A number that changes more often cannot be read, and drawing it keeps a phone from its reader. */
export const SHOWN_MS = 400;

/** For `useSyncExternalStore`. */
interface Paced<Data> {
  watch: (changed: () => void) => () => void;
  read: () => Data;
}

interface Source<Data> {
  /** Calls as often as there may be something new. */
  listen: (hear: () => void) => () => void;
  newest: () => Data;
  pauseMs: number;
}

/** What a source has, told no more often than it can be read: the first change at once, those that follow together. */
function paced<Data>({ listen, newest, pauseMs }: Source<Data>): Paced<Data> {
  let shown = newest();
  let pause: ReturnType<typeof setTimeout> | undefined;

  const watch = (changed: () => void) => {
    const show = () => {
      pause = undefined;
      if (newest() === shown) return;
      shown = newest();
      pause = setTimeout(show, pauseMs);
      changed();
    };
    const leave = listen(() => {
      if (pause === undefined) show();
    });
    show();
    return () => {
      leave();
      clearTimeout(pause);
      pause = undefined;
    };
  };
  return { watch, read: () => shown };
}

/** What a query has, at that pace. The cache has every change. */
export function pacedQuery<Data, Key extends QueryKey>(
  client: QueryClient,
  query: QueryObserverOptions<Data, DefaultError, Data, Data, Key>,
  pauseMs: number,
): Paced<Data | undefined> {
  const observer = new QueryObserver(client, query);
  return paced({
    listen: (hear) => observer.subscribe(hear),
    newest: () => observer.getCurrentResult().data,
    pauseMs,
  });
}

/** How often some seats changed, at that pace. The house has every change. */
export function pacedSeats(
  house: { watch: (hear: (changed: readonly number[]) => void) => () => void },
  { first, seats }: { first: number; seats: number },
): Paced<number> {
  let count = 0;
  const isMeant = (seat: number) => seat >= first && seat < first + seats;
  return paced({
    listen: (hear) =>
      house.watch((changed) => {
        if (!changed.some(isMeant)) return;
        count += 1;
        hear();
      }),
    newest: () => count,
    pauseMs: SHOWN_MS,
  });
}
