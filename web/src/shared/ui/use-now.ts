import { useSyncExternalStore } from "react";

// All clocks on a page tick together, once a second, and only while something is looking.
const TICK_MS = 1_000;
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of watchers) each();
  }, TICK_MS);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

// While nobody ticks, the value may age by a tick at most; a newer one at every read would render for ever.
function read(): number {
  if (timer === undefined && Math.abs(Date.now() - now) >= TICK_MS) now = Date.now();
  return now;
}

/**
 * The client's clock in ms, renewed each second: for the leaf that shows it. Whoever only needs to know when something
 * is over asks `useClock`, or a page would be drawn each second.
 */
export const useNow = (): number => useSyncExternalStore(watch, read);

/** What the clock says of something, looked at each second and drawn anew only when the answer is another. */
export const useClock = <T extends string | number | boolean | null>(tell: (now: number) => T): T =>
  useSyncExternalStore(watch, () => tell(read()));

const MINUTE_MS = 60_000;
/** The clock by the minute, for days and for what is past. */
export const useMinute = (): number => useClock((now) => Math.floor(now / MINUTE_MS)) * MINUTE_MS;
