import type { ReactNode } from "react";
import { LongList } from "@/shared/ui/long-list";
import { LoadError } from "@/shared/ui/states";
import { useMedia } from "@/shared/ui/use-media";
import { useStable } from "@/shared/ui/use-stable";

interface Pages {
  isPending: boolean;
  isError: boolean;
  error: unknown;
  hasNextPage: boolean;
  isFetching: boolean;
  refetch: () => unknown;
  fetchNextPage: () => unknown;
}

/** A list that grows while one scrolls, with a word for when nothing is in it. */
export function Listed<Item>(props: {
  title: string;
  text: string;
  none: string;
  failed: string;
  query: Pages;
  items: readonly Item[];
  /** Of a row: on a phone its words need more lines. */
  heights: { phone: number; wide: number };
  keyOf: (item: Item) => string;
  children: (item: Item) => ReactNode;
}) {
  const { query, items } = props;
  const isWide = useMedia("(min-width: 768px)");
  const reachEnd = useStable(() => {
    if (query.hasNextPage && !query.isFetching && !query.isError) void query.fetchNextPage();
  });
  return (
    <section className="card org-panel" aria-label={props.title}>
      <p className="hint mb-3">{props.text}</p>
      {query.isPending && <div className="sk h-24" aria-busy="true" />}
      {!query.isPending && !query.isError && items.length === 0 && <p className="muted">{props.none}</p>}
      {items.length > 0 && (
        <LongList
          items={items}
          height={isWide ? props.heights.wide : props.heights.phone}
          label={props.title}
          keyOf={props.keyOf}
          isWhole={!query.hasNextPage}
          reachEnd={reachEnd}
        >
          {props.children}
        </LongList>
      )}
      {query.isError && (
        <LoadError
          error={query.error}
          what={props.failed}
          // What was read before stands; the rest is asked for again.
          retry={() => void (items.length > 0 ? query.fetchNextPage() : query.refetch())}
        />
      )}
    </section>
  );
}
