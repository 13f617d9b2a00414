import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { NewVenue } from "@/shared/api/contract";
import { useFormat, zoneHere } from "@/shared/i18n/format";
import { CountInput } from "@/shared/ui/count-input";
import { Field } from "@/shared/ui/field";
import { Icon } from "@/shared/ui/icon";
import { Busy, Note } from "@/shared/ui/states";
import { createVenue, ownVenuesKey } from "./api";
import { placesOf, type Stand, sectionsOf } from "./generate";
import { House } from "./house";
import { elsewhere, fromPlace, type Place, PlaceFields } from "./place-fields";

const attempts = new AttemptKeys();
const SIDES = ["north", "west", "south", "east"] as const;

const usual = (name: string): Stand => ({
  name,
  kind: "SEATED",
  sections: 3,
  rows: 10,
  seats: 20,
  gate: "A",
});

/** A house that is generated from its stands. */
export function NewHouse({ organizationId }: { organizationId: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [place, setPlace] = useState<Place>({
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
      return client.invalidateQueries({ queryKey: ownVenuesKey(organizationId) });
    },
    onError: (error) => attempts.settle(error),
  });
  const sections = sectionsOf(stands);
  const set = (index: number, patch: Partial<Stand>) =>
    setStands(stands.map((stand, at) => (at === index ? { ...stand, ...patch } : stand)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate({
      organizationId,
      ...fromPlace(place),
      sections,
      amenities: [],
    });
  };
  return (
    <form className="card pad stack" onSubmit={submit}>
      <h2 className="h2 shout">{t("org.venues.new")}</h2>
      <PlaceFields id="venue" place={place} change={setPlace} refused={make.error} />
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
          {elsewhere(make.error).map(({ field, message }) => (
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
