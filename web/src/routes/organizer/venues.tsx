import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { createVenue, ownVenuesQuery } from "@/features/organizer/api";
import { placesOf, type Stand, sectionsOf } from "@/features/organizer/generate";
import { House } from "@/features/organizer/house";
import { isManager, useOrganizations } from "@/features/organizer/organization";
import { Pictures } from "@/features/organizer/pictures";
import { AttemptKeys } from "@/shared/api/attempt-key";
import { venueQuery } from "@/shared/api/catalog";
import type { NewVenue } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { useFormat, zoneHere } from "@/shared/i18n/format";
import { CountInput } from "@/shared/ui/count-input";
import { Field } from "@/shared/ui/field";
import { Icon } from "@/shared/ui/icon";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";

const attempts = new AttemptKeys();
const SIDES = ["north", "west", "south", "east"] as const;

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

const usual = (name: string): Stand => ({
  name,
  kind: "SEATED",
  sections: 3,
  rows: 10,
  seats: 20,
  gate: "A",
});

function NewHouse({ organizationId }: { organizationId: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [about, setAbout] = useState({
    name: "",
    address: "",
    city: "",
    country: "",
    lat: "",
    lng: "",
    timezone: zoneHere(),
  });
  const [stands, setStands] = useState<Stand[]>(() => SIDES.map((side) => usual(t(`org.side.${side}`))));
  const make = useMutation({
    mutationFn: (body: NewVenue) => createVenue(body, attempts.keyFor(body)),
    onSuccess: () => {
      attempts.settle();
      return client.invalidateQueries({ queryKey: ownVenuesQuery(organizationId).queryKey });
    },
    onError: (error) => attempts.settle(error),
  });
  const sections = sectionsOf(stands);
  const set = (index: number, patch: Partial<Stand>) =>
    setStands(stands.map((stand, at) => (at === index ? { ...stand, ...patch } : stand)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { name, lat, lng, ...place } = about;
    make.mutate({
      organizationId,
      name,
      location: {
        ...place,
        country: place.country.toUpperCase(),
        lat: Number(lat),
        lng: Number(lng),
      },
      sections,
      amenities: [],
    });
  };
  return (
    <form className="card pad stack" onSubmit={submit}>
      <h2 className="h2 shout">{t("org.venues.new")}</h2>
      <div className="org-pair">
        {(["name", "address", "city", "country", "lat", "lng", "timezone"] as const).map((field) => (
          <Field
            key={field}
            id={`venue-${field}`}
            label={t(`org.place.${field}`)}
            value={about[field]}
            required
            onChange={({ target }) => setAbout({ ...about, [field]: target.value })}
          />
        ))}
      </div>
      <House
        sections={sections.map((section, index) => ({ ...section, id: String(index) })) as never}
        paint={() => ({ "data-tier": 2 })}
      />
      <ul className="org-list" aria-label={t("org.venues.stands")}>
        {stands.map((stand, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a stand is known by its place
          <li key={index} className="org-stand">
            <Field
              id={`stand-${index}`}
              label={t("org.stand.name")}
              value={stand.name}
              maxLength={60}
              required
              onChange={({ target }) => set(index, { name: target.value })}
            />
            <div className="field">
              <label htmlFor={`kind-${index}`}>{t("org.stand.kind")}</label>
              <select
                id={`kind-${index}`}
                className="input"
                value={stand.kind}
                onChange={({ target }) => set(index, { kind: target.value as Stand["kind"] })}
              >
                <option value="SEATED">{t("org.stand.SEATED")}</option>
                <option value="GENERAL">{t("org.stand.GENERAL")}</option>
              </select>
            </div>
            {(["sections", "rows", "seats"] as const).map((field) => (
              <CountInput
                key={field}
                id={`${field}-${index}`}
                label={t(`org.stand.${field}`)}
                value={stand[field]}
                min={1}
                max={field === "seats" ? 5000 : 60}
                onChange={(value) => value !== null && set(index, { [field]: value })}
              />
            ))}
            <Field
              id={`gate-${index}`}
              label={t("org.stand.gate")}
              value={stand.gate}
              maxLength={20}
              onChange={({ target }) => set(index, { gate: target.value })}
            />
            <button
              type="button"
              className="icon-btn self-end"
              aria-label={t("org.stand.drop", { name: stand.name })}
              disabled={stands.length === 1}
              onClick={() => setStands(stands.filter((_, at) => at !== index))}
            >
              <Icon name="x" />
            </button>
          </li>
        ))}
      </ul>
      <div className="row between flex-wrap">
        <button
          type="button"
          className="btn btn-line"
          onClick={() => setStands([...stands, usual(t("org.stand.another", { n: stands.length + 1 }))])}
        >
          <Icon name="plus" />
          {t("org.stand.add")}
        </button>
        <b className="num">
          {t("org.venues.places", {
            n: format.number(stands.reduce((sum, stand) => sum + placesOf(stand), 0)),
          })}
        </b>
      </div>
      {make.isError && (
        <Note tone="no" title={t("org.venues.failed")} live>
          {make.error instanceof ApiError &&
            make.error.details.map(({ field, message }) => (
              <p key={field}>
                <span className="mono">{field}</span>: {message}
              </p>
            ))}
        </Note>
      )}
      {make.isSuccess && (
        <Note tone="ok" title={t("org.venues.made", { name: make.data.name })} live>
          <Link to="/organizer/new">{t("org.new.title")}</Link>
        </Note>
      )}
      <button type="submit" className="btn btn-flood" disabled={make.isPending}>
        {make.isPending ? <Busy>{t("org.venues.busy")}</Busy> : t("org.venues.do")}
      </button>
    </form>
  );
}
