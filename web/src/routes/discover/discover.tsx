import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { eventsQuery } from "@/features/discover/api";
import { spanOf, type When } from "@/features/discover/days";
import { Facets } from "@/features/discover/facets";
import { WHENS, WhenChips } from "@/features/discover/filters";
import { Found } from "@/features/discover/found";
import { NearMe } from "@/features/discover/near-me";
import { KeepSearch, OwnSearches, SavedEvents } from "@/features/discover/own-searches";
import { Results, ResultsSkeleton } from "@/features/discover/results";
import { useRecent } from "@/features/discover/saved";
import {
  type FoundPage,
  isSought,
  put,
  type Sought,
  searchQuery,
  soughtIn,
} from "@/features/discover/search";
import { SearchBox } from "@/features/discover/search-box";
import { serverTime } from "@/shared/api/server-clock";
import { useFormat } from "@/shared/i18n/format";
import { Busy, LoadError, OfflineNote, Panel } from "@/shared/ui/states";
import { useDesktop, useOnline } from "@/shared/ui/use-media";
import { useMinute } from "@/shared/ui/use-now";
import { usePageTitle } from "@/shared/ui/use-page-title";

/** What is coming, day by day and live; with words or filters, what is found, in the order of its fit. */
export function DiscoverRoute() {
  const { t } = useTranslation();
  const filter = useFilter();
  const isDesktop = useDesktop();
  const now = serverTime(useMinute());
  const found = useInfiniteQuery(searchQuery(filter.sought, filter.span));
  usePageTitle(t("nav.discover"));

  const first = found.data?.pages[0];
  const facets = (
    <Facets
      sought={filter.sought}
      facets={first?.facets}
      currency={filter.sought.currency || (first?.hits.find((hit) => hit.currency)?.currency ?? "EUR")}
      change={filter.set}
    />
  );
  return (
    <main className="page discover" id="main">
      <div className="headl">
        <h1 className="shout max-lg:sr-only lg:mt-5 lg:text-[38px]">{t("discover.title")}</h1>
        <SearchBox
          q={filter.sought.q}
          search={(q) => {
            if (q !== "") useRecent.getState().note(q);
            filter.set({ q });
          }}
        />
        {!filter.isSought && <SavedEvents now={now} />}
        {!filter.isSought && <OwnSearches />}
        <WhenChips when={filter.when} choose={(when) => filter.set({ when: when === "any" ? "" : when })}>
          <NearMe
            isOn={filter.sought.near !== ""}
            choose={(near) => filter.set({ near, sort: near === "" ? "" : "distance" })}
          />
        </WhenChips>
        {!isDesktop && (
          <details className="narrow mt-[16px]">
            <summary className="chip">{t("filter.more")}</summary>
            {facets}
          </details>
        )}
      </div>
      {isDesktop && <aside aria-label={t("filter.label")}>{facets}</aside>}
      <div className="min-w-0">
        {filter.isSought ? <Hits filter={filter} found={found} /> : <Calendar filter={filter} />}
      </div>
    </main>
  );
}

const SORTS = ["relevance", "date", "price", "distance"] as const;

type Filter = ReturnType<typeof useFilter>;
type Answer<Page> = UseInfiniteQueryResult<InfiniteData<Page>>;

function Calendar({ filter }: { filter: Filter }) {
  const now = serverTime(useMinute());
  const events = useInfiniteQuery(eventsQuery(filter.span));
  const shown = events.data?.pages.flatMap((page) => page.events) ?? [];
  return (
    <List answer={events} total={events.data?.pages[0]?.total} isEmpty={shown.length === 0} filter={filter}>
      <Results events={shown} now={now} />
    </List>
  );
}

function Hits({ filter, found }: { filter: Filter; found: Answer<FoundPage> }) {
  const { t } = useTranslation();
  const now = serverTime(useMinute());
  const first = found.data?.pages[0];
  const hits = found.data?.pages.flatMap((page) => page.hits) ?? [];
  return (
    <List answer={found} total={first?.total} isEmpty={hits.length === 0} filter={filter}>
      {first?.didYouMean && <p className="mt-3">{t("found.meant", { q: first.didYouMean })}</p>}
      <Found hits={hits} now={now} />
    </List>
  );
}

/** What came, or what stands in for it: loading, failed, nothing there; and how to get the rest. */
function List<Page>({
  answer,
  total,
  isEmpty,
  filter,
  children,
}: {
  answer: Answer<Page>;
  total: number | undefined;
  isEmpty: boolean;
  filter: Filter;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const isOnline = useOnline();
  return (
    <div className="min-w-0" aria-busy={answer.isFetching}>
      <ListHead total={total} filter={filter} />
      {!isOnline && (
        <div className="mt-4">
          <OfflineNote />
        </div>
      )}
      {answer.isPending && isOnline && <ResultsSkeleton />}
      {answer.isError && (
        <div className="mt-4">
          <LoadError error={answer.error} what={t("discover.error")} retry={() => void answer.refetch()} />
        </div>
      )}
      {answer.data && !isEmpty && children}
      {answer.data && isEmpty && !answer.isError && <Nothing filter={filter} />}
      {answer.hasNextPage && (
        <div className="mt-6 grid justify-items-center">
          <button type="button" className="btn btn-line" onClick={() => void answer.fetchNextPage()}>
            {answer.isFetchingNextPage ? <Busy>{t("action.loading")}</Busy> : t("discover.more")}
          </button>
        </div>
      )}
    </div>
  );
}

function ListHead({ total, filter }: { total: number | undefined; filter: Filter }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { sought } = filter;
  const sorts = SORTS.filter((sort) => sort !== "distance" || sought.near !== "");
  return (
    <div className="row between mt-1.5 min-h-11 flex-wrap">
      <b className="num" role="status">
        {total !== undefined && t("discover.count", { count: total, n: format.number(total) })}
      </b>
      {filter.isSet && (
        <div className="row flex-wrap">
          {filter.isSought && <KeepSearch sought={sought} />}
          {filter.isSought && (
            <select
              className="input w-auto"
              aria-label={t("found.sort")}
              value={sorts.find((sort) => sort === sought.sort) ?? "relevance"}
              onChange={(event) =>
                filter.set({ sort: event.target.value === "relevance" ? "" : event.target.value })
              }
            >
              {sorts.map((sort) => (
                <option key={sort} value={sort}>
                  {t(`found.by.${sort}`)}
                </option>
              ))}
            </select>
          )}
          <button type="button" className="btn btn-quiet btn-sm" onClick={filter.clear}>
            {t("action.clearAll")}
          </button>
        </div>
      )}
    </div>
  );
}

function Nothing({ filter }: { filter: Filter }) {
  const { t } = useTranslation();
  const { q } = filter.sought;
  const title = q === "" ? t("discover.none.title") : t("discover.none.titleFor", { q });
  return (
    <div className="card mt-4">
      <Panel
        icon="search"
        title={title}
        text={filter.isSet ? t("discover.none.filtered") : t("discover.none.text")}
      >
        {filter.isSet && (
          <button type="button" className="btn btn-line" onClick={filter.clear}>
            {t("action.clearFilters")}
          </button>
        )}
      </Panel>
    </div>
  );
}

/** The filter lives in the address, so a search can be shared and the back button works. */
function useFilter() {
  const [params, setParams] = useSearchParams();
  const when = WHENS.find((each) => each === params.get("when")) ?? ("any" satisfies When);
  const sought = soughtIn(params);
  return {
    when,
    sought,
    // By the day, not the second: the query key must not change with every tick.
    span: spanOf(when, serverTime(Date.now())),
    isSought: isSought(sought),
    isSet: [...params.keys()].length > 0,
    clear: () => setParams({}),
    set: (change: Partial<Sought> & { when?: string }) =>
      setParams((old) => {
        const next = new URLSearchParams(old);
        put(next, { ...change });
        // What orders by distance needs to know from where.
        if (!next.has("near") && next.get("sort") === "distance") next.delete("sort");
        return next;
      }),
  };
}
