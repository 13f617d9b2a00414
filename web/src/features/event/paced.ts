import {
  type DefaultError,
  type QueryClient,
  type QueryKey,
  QueryObserver,
  type QueryObserverOptions,
} from "@tanstack/react-query";
import { betweenFrames } from "@/shared/ui/painting";

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

/** Who waits to tell of what came meanwhile, and since when. */
const waiting = new Map<() => void, number>();

/** Whoever has waited for most of a pause tells now as well: the page is drawn once for all, and between two frames. */
function together(pauseMs: number): void {
  betweenFrames(() => {
    const now = performance.now();
    for (const [show, since] of [...waiting]) if (now - since >= pauseMs / 2) show();
  }, pauseMs);
}

/** What a source has, told no more often than it can be read: the first change at once, those that follow together. */
function paced<Data>({ listen, newest, pauseMs }: Source<Data>): Paced<Data> {
  let shown = newest();

  const watch = (changed: () => void) => {
    let pause: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      waiting.delete(show);
      clearTimeout(pause);
      if (newest() === shown) return;
      shown = newest();
      waiting.set(show, performance.now());
      pause = setTimeout(together, pauseMs, pauseMs);
      changed();
    };
    const leave = listen(() => {
      if (!waiting.has(show)) show();
    });
    show();
    return () => {
      leave();
      waiting.delete(show);
      clearTimeout(pause);
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
