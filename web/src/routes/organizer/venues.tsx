import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { venuePagesQuery } from "@/features/organizer/api";
import { NewHouse } from "@/features/organizer/new-house";
import { isManager, useOrganizations } from "@/features/organizer/organization";
import { Pictures } from "@/features/organizer/pictures";
import { VenueEdit } from "@/features/organizer/venue-edit";
import { venueQuery } from "@/shared/api/catalog";
import type { VenueCard } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Drawer } from "@/shared/ui/drawer";
import { Icon } from "@/shared/ui/icon";
import { LongList } from "@/shared/ui/long-list";
import { LoadError } from "@/shared/ui/states";
import { useMedia } from "@/shared/ui/use-media";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { useStable } from "@/shared/ui/use-stable";

/** Of a row: on a phone what can be done stands below the name. */
const ROW_PX = { phone: 124, wide: 76 } as const;

/** Where events are; a new house is generated from its stands. */
export function VenuesRoute() {
  const { t } = useTranslation();
  const { current } = useOrganizations();
  const venues = useInfiniteQuery(venuePagesQuery(current?.organizationId));
  const list = useMemo(() => venues.data?.pages.flatMap(({ items }) => items) ?? [], [venues.data]);
  const isWide = useMedia("(min-width: 768px)");
  const [openId, setOpen] = useState<string | null>(null);
  const open = list.find(({ id }) => id === openId);
  const reachEnd = useStable(() => {
    if (venues.hasNextPage && !venues.isFetching) void venues.fetchNextPage();
  });
  usePageTitle(t("org.venues.title"));
  const mayChange = isManager(current);
  return (
    <main className="org-main" id="main">
      <h1 className="shout text-[26px]">{t("org.venues.title")}</h1>
      {venues.isError && (
        <LoadError error={venues.error} what={t("org.error.venues")} retry={() => void venues.refetch()} />
      )}
      {list.length > 0 && (
        <div className="card">
          <LongList
            items={list}
            height={mayChange && !isWide ? ROW_PX.phone : ROW_PX.wide}
            label={t("org.venues.title")}
            keyOf={({ id }) => id}
            isWhole={!venues.hasNextPage}
            reachEnd={reachEnd}
          >
            {(venue) => <Row venue={venue} mayChange={mayChange} open={() => setOpen(venue.id)} />}
          </LongList>
        </div>
      )}
      {open !== undefined && (
        <Drawer title={open.name} closing={t("org.keys.close")} close={() => setOpen(null)}>
          <VenueEdit venueId={open.id} />
          <VenuePictures venueId={open.id} />
        </Drawer>
      )}
      {current !== undefined && mayChange && <NewHouse organizationId={current.organizationId} />}
    </main>
  );
}

function Row({ venue, mayChange, open }: { venue: VenueCard; mayChange: boolean; open: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { id, name, city, capacity } = venue;
  return (
    <div className="org-venue">
      <span className="min-w-0">
        <b className="trunc block">{name}</b>
        <span className="s13 muted num trunc block">
          {city} · {t("org.venues.places", { n: format.number(capacity) })}
        </span>
      </span>
      {mayChange && (
        <span className="row">
          <Link className="btn btn-line btn-sm" to={`/organizer/venues/${id}/chart`}>
            <Icon name="map" className="i-s" />
            {t("org.venues.draw")}
          </Link>
          <button
            type="button"
            className="btn btn-quiet btn-sm"
            aria-haspopup="dialog"
            aria-label={t("org.venue.editOf", { name })}
            onClick={open}
          >
            {t("org.venue.edit")}
          </button>
        </span>
      )}
    </div>
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
