import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ownVenuesQuery } from "@/features/organizer/api";
import { NewHouse } from "@/features/organizer/new-house";
import { isManager, useOrganizations } from "@/features/organizer/organization";
import { Pictures } from "@/features/organizer/pictures";
import { VenueEdit } from "@/features/organizer/venue-edit";
import { venueQuery } from "@/shared/api/catalog";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { LoadError } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";

/** Where events are; a new house is generated from its stands. */
export function VenuesRoute() {
  const { t } = useTranslation();
  const format = useFormat();
  const { current } = useOrganizations();
  const venues = useQuery(ownVenuesQuery(current?.organizationId));
  usePageTitle(t("org.venues.title"));
  return (
    <main className="org-main" id="main">
      <h1 className="shout text-[26px]">{t("org.venues.title")}</h1>
      {venues.isError && (
        <LoadError error={venues.error} what={t("org.error.venues")} retry={() => void venues.refetch()} />
      )}
      {venues.data && venues.data.length > 0 && (
        <ul className="card org-list" aria-label={t("org.venues.title")}>
          {venues.data.map(({ id, name, city, capacity }) => (
            <li key={id}>
              <div className="org-event">
                <b>{name}</b>
                <span className="num muted">
                  {city} · {t("org.venues.places", { n: format.number(capacity) })}
                </span>
              </div>
              {current !== undefined && isManager(current) && (
                <>
                  <Link className="btn btn-line btn-sm mx-4" to={`/organizer/venues/${id}/chart`}>
                    <Icon name="map" className="i-s" />
                    {t("org.venues.draw")}
                  </Link>
                  <VenueEdit venueId={id} name={name} />
                  <VenuePictures venueId={id} />
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {current !== undefined && isManager(current) && <NewHouse organizationId={current.organizationId} />}
    </main>
  );
}

/** Asked for once somebody opens them: a list of venues has no pictures. */
function VenuePictures({ venueId }: { venueId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const venue = useQuery({ ...venueQuery(venueId), enabled: isOpen });
  return (
    <details className="org-more" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("org.pictures.title")}</summary>
      {venue.data && (
        <Pictures
          of={{ kind: "venues", id: venueId }}
          name={venue.data.name}
          pictures={venue.data.media ?? []}
          changed={() => client.invalidateQueries({ queryKey: venueQuery(venueId).queryKey })}
        />
      )}
    </details>
  );
}
