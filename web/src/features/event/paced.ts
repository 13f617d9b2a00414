import {
  type DefaultError,
  type QueryClient,
  type QueryKey,
  QueryObserver,
  type QueryObserverOptions,
} from "@tanstack/react-query";

/** For `useSyncExternalStore`. */
interface Paced<Data> {
  watch: (changed: () => void) => () => void;
  read: () => Data | undefined;
}

/**
 * What a query has, told no more often than it can be read: the first change at once, those that follow together. The
 * cache has every one of them.
 */
export function paced<Data, Key extends QueryKey>(
  client: QueryClient,
  query: QueryObserverOptions<Data, DefaultError, Data, Data, Key>,
  pauseMs: number,
): Paced<Data> {
  const observer = new QueryObserver(client, query);
  const newest = () => observer.getCurrentResult().data;
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
    const leave = observer.subscribe(() => {
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
