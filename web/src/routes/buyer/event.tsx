import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { EventSkeleton } from "@/features/event/event-skeleton";
import { EventView } from "@/features/event/event-view";
import { useLiveEvent } from "@/features/event/use-live-event";
import { useSeating } from "@/features/event/use-seat-house";
import { Header } from "@/features/shell/header";
import { codeOf } from "@/shared/api/errors";
import { LoadError, OfflineNote, Panel } from "@/shared/ui/states";
import { useDesktop, useOnline } from "@/shared/ui/use-media";
import { usePageTitle } from "@/shared/ui/use-page-title";

export function EventRoute() {
  const { t } = useTranslation();
  const { eventId = "" } = useParams();
  const isDesktop = useDesktop();
  const isOnline = useOnline();
  const { query, event, promo, venue, availability, live } = useLiveEvent(eventId);
  const seating = useSeating(event, !isDesktop);
  usePageTitle(event?.name);

  if (event !== undefined) {
    return (
      <div className="ev">
        {isDesktop && <Header />}
        <EventView
          event={event}
          promo={promo}
          venue={venue}
          seating={seating}
          availability={availability}
          live={live}
        />
      </div>
    );
  }
  if (query.isPending && isOnline)
    return (
      <div className="ev">
        {isDesktop && <Header />}
        <EventSkeleton />
      </div>
    );
  return (
    <>
      <Header />
      <main className="center" id="main">
        {codeOf(query.error) === "EVENT001" || codeOf(query.error) === "VALIDATION001" ? (
          <Panel icon="search" title={t("event.missing.title")} text={t("event.missing.text")} level={1}>
            <Link className="btn btn-line" to="/">
              {t("action.seeEvents")}
            </Link>
          </Panel>
        ) : query.isError ? (
          <LoadError error={query.error} what={t("event.error")} retry={() => void query.refetch()} />
        ) : (
          <OfflineNote />
        )}
      </main>
    </>
  );
}
