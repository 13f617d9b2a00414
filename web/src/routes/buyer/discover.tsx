import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { eventsQuery, venuesQuery } from "@/features/discover/api";
import { spanOf, type When } from "@/features/discover/days";
import { Facets, SearchBox, STATUSES, StatusChips, WHENS, WhenChips } from "@/features/discover/filters";
import { Results, ResultsSkeleton } from "@/features/discover/results";
import type { EventStatus } from "@/shared/api/contract";
import { serverTime } from "@/shared/api/server-clock";
import { useFormat } from "@/shared/i18n/format";
import { Busy, LoadError, OfflineNote, Panel } from "@/shared/ui/states";
import { useOnline } from "@/shared/ui/use-media";
import { useMinute } from "@/shared/ui/use-now";
import { usePageTitle } from "@/shared/ui/use-page-title";

export function DiscoverRoute() {
  const { t } = useTranslation();
  const format = useFormat();
  const filter = useFilter();
  const now = serverTime(useMinute());
  const isOnline = useOnline();
  const events = useInfiniteQuery(eventsQuery(filter.query));
  const venues = useQuery(venuesQuery);
  usePageTitle(t("nav.discover"));

  const found = events.data?.pages.flatMap((page) => page.events) ?? [];
  const total = events.data?.pages[0]?.total ?? 0;
  return (
    <main className="page discover" id="main">
      <div className="headl">
        <h1 className="shout max-lg:sr-only lg:mt-5 lg:text-[38px]">{t("discover.title")}</h1>
        <SearchBox q={filter.query.q} search={(q) => filter.set({ q })} />
        <WhenChips when={filter.when} choose={(when) => filter.set({ when: when === "any" ? null : when })} />
        <StatusChips status={filter.query.status} choose={(status) => filter.set({ status })} />
      </div>
      <aside className="only-d" aria-label={t("filter.label")}>
        <div className="row between mt-1.5 min-h-11">
          <b className="num" role="status">
            {events.data && t("discover.count", { count: total, n: format.number(total) })}
          </b>
          {filter.isSet && (
            <button type="button" className="btn btn-quiet btn-sm -mr-3" onClick={filter.clear}>
              {t("action.clearAll")}
            </button>
          )}
        </div>
        <Facets
          status={filter.query.status}
          venueId={filter.query.venueId}
          venues={venues.data ?? []}
          chooseStatus={(status) => filter.set({ status })}
          chooseVenue={(venue) => filter.set({ venue })}
        />
      </aside>
      <div className="min-w-0" aria-busy={events.isFetching}>
        {!isOnline && (
          <div className="mt-4">
            <OfflineNote />
          </div>
        )}
        {events.isPending && isOnline && <ResultsSkeleton />}
        {events.isError && (
          <div className="mt-4">
            <LoadError error={events.error} what={t("discover.error")} retry={() => void events.refetch()} />
          </div>
        )}
        {events.data && found.length > 0 && <Results events={found} now={now} />}
        {events.data && found.length === 0 && !events.isError && (
          <Nothing q={filter.query.q} isFiltered={filter.isSet} clear={filter.clear} />
        )}
        {events.hasNextPage && (
          <div className="mt-6 grid justify-items-center">
            <button type="button" className="btn btn-line" onClick={() => void events.fetchNextPage()}>
              {events.isFetchingNextPage ? <Busy>{t("action.loading")}</Busy> : t("discover.more")}
            </button>
          </div>
        )}
      </div>
    </main>
  );
}

function Nothing({ q, isFiltered, clear }: { q: string; isFiltered: boolean; clear: () => void }) {
  const { t } = useTranslation();
  const title = q === "" ? t("discover.none.title") : t("discover.none.titleFor", { q });
  return (
    <div className="card mt-4">
      <Panel
        icon="search"
        title={title}
        text={isFiltered ? t("discover.none.filtered") : t("discover.none.text")}
      >
        {isFiltered && (
          <button type="button" className="btn btn-line" onClick={clear}>
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
  const status = STATUSES.find((each) => each === params.get("status")) ?? null;
  return {
    when,
    // By the day, not the second: the query key must not change with every tick.
    query: {
      q: params.get("q") ?? "",
      status,
      venueId: params.get("venue"),
      ...spanOf(when, serverTime(Date.now())),
    },
    isSet: [...params.keys()].length > 0,
    clear: () => setParams({}),
    set: (change: { q?: string; when?: When | null; status?: EventStatus | null; venue?: string | null }) =>
      setParams((old) => {
        const next = new URLSearchParams(old);
        for (const [name, value] of Object.entries(change)) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        return next;
      }),
  };
}
