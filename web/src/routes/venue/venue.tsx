import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { eventsQuery } from "@/features/discover/api";
import { spanOf } from "@/features/discover/days";
import { Results, ResultsSkeleton } from "@/features/discover/results";
import { venueQuery } from "@/shared/api/catalog";
import type { Venue } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { serverTime } from "@/shared/api/server-clock";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { Picture } from "@/shared/ui/picture";
import { Busy, LoadError, OfflineNote, Panel } from "@/shared/ui/states";
import { useOnline } from "@/shared/ui/use-media";
import { useMinute } from "@/shared/ui/use-now";
import { usePageTitle } from "@/shared/ui/use-page-title";

/** A place: its pictures, where it is, and what is coming there. */
export function VenueRoute() {
  const { t } = useTranslation();
  const { venueId = "" } = useParams();
  const isOnline = useOnline();
  const venue = useQuery(venueQuery(venueId));
  usePageTitle(venue.data?.name);
  if (codeOf(venue.error) === "VENUE001" || codeOf(venue.error) === "VALIDATION001")
    return (
      <main className="center" id="main">
        <Panel icon="search" title={t("venue.missing")} text={t("event.missing.text")} level={1}>
          <Link className="btn btn-line" to="/">
            {t("action.seeEvents")}
          </Link>
        </Panel>
      </main>
    );
  return (
    <main className="page stack gap-6" id="main">
      {!isOnline && <OfflineNote />}
      {venue.data !== undefined ? (
        <Place venue={venue.data} />
      ) : venue.isError ? (
        <LoadError error={venue.error} what={t("venue.error")} retry={() => void venue.refetch()} />
      ) : (
        <div className="sk h-48" aria-busy="true" />
      )}
      <Coming venueId={venueId} />
    </main>
  );
}

function Place({ venue }: { venue: Venue }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { address, city, country } = venue.location;
  const [first, ...others] = venue.media ?? [];
  const picture = (media: NonNullable<typeof first>, sizes: string) => (
    <Picture
      key={media.mediaId}
      media={media}
      alt={t("event.picture", { of: venue.name })}
      sizes={sizes}
      className="venue-pic"
    />
  );
  return (
    <section className="stack gap-3">
      <h1 className="shout h1 wrap-anywhere">{venue.name}</h1>
      <ul className="facts">
        <li>
          <Icon name="pin" />
          <span className="wrap-anywhere">
            {[address, city, format.country(country)].filter(Boolean).join(", ")}
          </span>
        </li>
        <li>
          <Icon name="ticket" />
          <span className="num">{t("venue.places", { n: format.number(venue.capacity) })}</span>
        </li>
      </ul>
      {venue.amenities.length > 0 && (
        <ul className="chips" aria-label={t("filter.amenity")}>
          {venue.amenities.map((each) => (
            <li className="pill pill-off wrap-anywhere" key={each}>
              {each.replaceAll(/[-_]/g, " ")}
            </li>
          ))}
        </ul>
      )}
      {first && picture(first, "(min-width: 900px) 800px, 100vw")}
      {others.length > 0 && (
        <div className="cards">{others.map((each) => picture(each, "(min-width: 900px) 400px, 100vw"))}</div>
      )}
    </section>
  );
}

function Coming({ venueId }: { venueId: string }) {
  const { t } = useTranslation();
  const now = serverTime(useMinute());
  const events = useInfiniteQuery(eventsQuery({ ...spanOf("any", serverTime(Date.now())), venueId }));
  const shown = events.data?.pages.flatMap((page) => page.events) ?? [];
  return (
    <section aria-labelledby="coming" aria-busy={events.isFetching}>
      <h2 className="shout h2" id="coming">
        {t("venue.coming")}
      </h2>
      {events.isPending && <ResultsSkeleton />}
      {events.isError && (
        <LoadError error={events.error} what={t("discover.error")} retry={() => void events.refetch()} />
      )}
      {shown.length > 0 && <Results events={shown} now={now} />}
      {events.isSuccess && shown.length === 0 && <p className="muted mt-2">{t("venue.none")}</p>}
      {events.hasNextPage && (
        <div className="mt-6 grid justify-items-center">
          <button type="button" className="btn btn-line" onClick={() => void events.fetchNextPage()}>
            {events.isFetchingNextPage ? <Busy>{t("action.loading")}</Busy> : t("discover.more")}
          </button>
        </div>
      )}
    </section>
  );
}
