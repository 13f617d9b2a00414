import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { ownEventQuery, summaryQuery } from "@/features/organizer/api";
import { Attention } from "@/features/organizer/attention";
import { dashboardFeed } from "@/features/organizer/dashboard-feed";
import { FunnelPanel } from "@/features/organizer/funnel";
import { GatesPanel } from "@/features/organizer/gates-panel";
import { Heat } from "@/features/organizer/heat";
import { OnTheDay } from "@/features/organizer/on-the-day";
import { Pace } from "@/features/organizer/pace";
import { SaleSwitch } from "@/features/organizer/sale-switch";
import { Tiles } from "@/features/organizer/tiles";
import { LineNow } from "@/features/queue-control/line-now";
import { venueQuery } from "@/shared/api/catalog";
import { useFormat } from "@/shared/i18n/format";
import { EventPill } from "@/shared/ui/event-pill";
import { LiveMark } from "@/shared/ui/live-mark";
import { LoadError } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";

const nothing = (): null => null;

export function LiveRoute() {
  const { eventId = "" } = useParams();
  return <Dashboard key={eventId} eventId={eventId} />;
}

function Dashboard({ eventId }: { eventId: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const event = useQuery(ownEventQuery(eventId));
  const venue = useQuery(venueQuery(event.data?.venueId));
  const summary = useQuery(summaryQuery(eventId));
  const feed = useMemo(() => dashboardFeed(eventId, client), [eventId, client]);
  // Holds the subscription; what it brings comes by the query of the summary.
  useSyncExternalStore(feed.watch, nothing);
  usePageTitle(event.data?.name ?? t("org.live.title"));
  const failed = event.error ?? summary.error;
  const timezone = venue.data?.location.timezone;
  return (
    <main className="org-main" id="main">
      <div className="org-head">
        <div className="min-w-0">
          <h1 className="shout">{event.data?.name ?? t("org.live.title")}</h1>
          {event.data && <p className="s13 muted num">{format.when(event.data.startTime, timezone)}</p>}
        </div>
        <span className="grow" />
        <LiveMark live={feed} />
        {event.data && <EventPill event={event.data} />}
        {event.data && <SaleSwitch event={event.data} timezone={timezone} />}
      </div>
      {failed !== null && (
        <LoadError
          error={failed}
          what={t("org.error.figures")}
          retry={() => {
            void event.refetch();
            void summary.refetch();
          }}
        />
      )}
      {event.data && <OnTheDay event={event.data} />}
      {summary.data && event.data && (
        <Tiles summary={summary.data} capacity={event.data.availability.capacity} />
      )}
      {summary.isPending && <div className="sk h-24" aria-busy="true" />}
      <div className="org-panels">
        {event.data && (
          <div className="org-attention">
            <Attention event={event.data} />
          </div>
        )}
        <Pace eventId={eventId} timezone={timezone} />
        {event.data && (
          <div className="org-half">
            <Heat event={event.data} />
          </div>
        )}
        <div className="org-half">
          <FunnelPanel eventId={eventId} />
        </div>
        {event.data && (
          <div className="org-half">
            <LineNow event={event.data} />
          </div>
        )}
        {event.data && (
          <div className="org-half">
            <GatesPanel event={event.data} />
          </div>
        )}
      </div>
    </main>
  );
}
