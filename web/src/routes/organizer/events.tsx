import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { ownEventsQuery } from "@/features/organizer/api";
import { Found } from "@/features/organizer/found";
import { isManager, useOrganizations } from "@/features/organizer/organization";
import { SearchField } from "@/features/organizer/search-field";
import type { ArenaEvent, Membership } from "@/shared/api/contract";
import { serverTime } from "@/shared/api/server-clock";
import { useFormat } from "@/shared/i18n/format";
import { EventPill } from "@/shared/ui/event-pill";
import { Icon } from "@/shared/ui/icon";
import { LongList } from "@/shared/ui/long-list";
import { LoadError, Panel } from "@/shared/ui/states";
import { Tide } from "@/shared/ui/tide";
import { useMinute } from "@/shared/ui/use-now";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { useStable } from "@/shared/ui/use-stable";

const HOUR_MS = 3_600_000;
const ROW_PX = 88;

export function EventsRoute() {
  const { t } = useTranslation();
  const organizations = useOrganizations();
  usePageTitle(t("org.events.title"));
  return (
    <main className="org-main" id="main">
      <div className="org-head">
        <h1 className="shout grow">{t("org.events.title")}</h1>
        {isManager(organizations.current) && (
          <Link className="btn btn-flood" to="/organizer/new">
            <Icon name="plus" />
            {t("org.new.title")}
          </Link>
        )}
      </div>
      {organizations.error !== null && (
        <LoadError error={organizations.error} what={t("org.error.you")} retry={organizations.retry} />
      )}
      {organizations.isPending && <div className="sk h-24" aria-busy="true" />}
      {!organizations.isPending && organizations.error === null && (
        <House organization={organizations.current} />
      )}
    </main>
  );
}

function House({ organization }: { organization: Membership | undefined }) {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const q = address.get("q") ?? "";
  const isAll = address.get("show") === "all";
  // By the hour: a moment that moved on with the clock would be another list each time.
  const hour = new Date(Math.floor(serverTime(useMinute()) / HOUR_MS) * HOUR_MS).toISOString();
  const events = useInfiniteQuery(
    ownEventsQuery(organization?.organizationId, { q, since: isAll ? null : hour.replace(".000Z", "Z") }),
  );
  if (organization === undefined) return <Found />;
  const set = (name: string, value: string | null) => {
    const next = new URLSearchParams(address);
    if (value === null || value === "") next.delete(name);
    else next.set(name, value);
    setAddress(next, { replace: true });
  };
  const shown = events.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <>
      <div className="row flex-wrap items-end">
        <SearchField
          id="events-q"
          label={t("org.events.search")}
          value={q}
          search={(words) => set("q", words)}
        />
        <div className="seg" role="group" aria-label={t("org.events.show")}>
          {(["coming", "all"] as const).map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={isAll === (each === "all")}
              onClick={() => set("show", each === "all" ? each : null)}
            >
              {t(`org.events.${each}`)}
            </button>
          ))}
        </div>
      </div>
      <Events
        events={events}
        shown={shown}
        organization={organization}
        none={q !== "" ? "found" : isAll ? "yet" : "coming"}
      />
    </>
  );
}

function Events({
  events,
  shown,
  organization,
  none,
}: {
  events: UseInfiniteQueryResult<InfiniteData<{ items: ArenaEvent[]; total: number }>>;
  shown: ArenaEvent[];
  organization: Membership;
  /** What it means that there are none. */
  none: "yet" | "found" | "coming";
}) {
  const { t } = useTranslation();
  const reachEnd = useStable(() => {
    if (events.hasNextPage && !events.isFetching) void events.fetchNextPage();
  });
  if (events.isError)
    return (
      <LoadError error={events.error} what={t("org.error.events")} retry={() => void events.refetch()} />
    );
  if (events.data === undefined) return <div className="sk h-24" aria-busy="true" />;
  if (shown.length === 0)
    return (
      <div className="card">
        <Panel
          icon="cal"
          title={t(`org.events.none.${none}`)}
          text={t(`org.events.noneText.${none}`, { name: organization.name })}
        />
      </div>
    );
  return (
    <div className="card">
      <LongList
        items={shown}
        height={ROW_PX}
        label={organization.name}
        keyOf={({ id }) => id}
        isWhole={!events.hasNextPage}
        reachEnd={reachEnd}
      >
        {(event) => <Line event={event} />}
      </LongList>
    </div>
  );
}

function Line({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { sold, held, capacity } = event.availability;
  return (
    <Link className="org-event org-row" to={`/organizer/events/${event.id}`}>
      <span className="min-w-0">
        <b className="trunc block">{event.name}</b>
        <span className="s13 muted num trunc block">
          {format.when(event.startTime)}
          {event.seriesId != null && ` · ${t("org.events.series")}`}
        </span>
      </span>
      <EventPill event={event} />
      <Tide sold={sold} held={held} capacity={capacity} />
    </Link>
  );
}
