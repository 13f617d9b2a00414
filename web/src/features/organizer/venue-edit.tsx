import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { venueQuery } from "@/shared/api/catalog";
import type { Venue } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { changeVenue, dropVenue, ownVenuesKey } from "./api";
import { elsewhere, fromPlace, type Place, PlaceFields, placeOf } from "./place-fields";
import { Sure } from "./sure";

/** A venue's name and place, corrected; and the venue itself taken away as long as it has no event. */
export function VenueEdit({ venueId }: { venueId: string }) {
  const { t } = useTranslation();
  // Read anew when it is opened: the version is what a change is judged by.
  const venue = useQuery({ ...venueQuery(venueId), staleTime: 0 });
  return (
    <>
      {venue.isError && (
        <LoadError error={venue.error} what={t("org.venue.error")} retry={() => void venue.refetch()} />
      )}
      {venue.isPending && <div className="sk h-48" aria-busy="true" />}
      {venue.data && venue.isFetchedAfterMount && (
        <Form venue={venue.data} again={() => void venue.refetch()} />
      )}
    </>
  );
}

function Form({ venue, again }: { venue: Venue; again: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [base, setBase] = useState(venue);
  const [place, setPlace] = useState<Place>(() => placeOf(venue));
  const [isAsked, setAsked] = useState(false);
  const told = () => client.invalidateQueries({ queryKey: ownVenuesKey(venue.organizationId) });
  const change = useMutation({
    mutationFn: () => changeVenue(venue.id, base.version, fromPlace(place)),
    onSuccess: (changed) => {
      client.setQueryData(venueQuery(venue.id).queryKey, changed);
      setBase(changed);
      return told();
    },
    onError: again,
  });
  const drop = useMutation({
    mutationFn: () => dropVenue(venue.id, base.version),
    onSuccess: () => told(),
    onError: again,
    onSettled: () => setAsked(false),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  const isStale = [change.error, drop.error].some((error) => codeOf(error) === "CONFLICT001");
  const isChanged = JSON.stringify(place) !== JSON.stringify(placeOf(base));
  return (
    <form className="stack" onSubmit={submit}>
      <PlaceFields id={`venue-${venue.id}`} place={place} change={setPlace} refused={change.error} />
      {isStale && base.version !== venue.version && (
        <Note tone="warn" title={t("org.venue.stale")} live>
          <p>
            {venue.name}, {venue.location.address}, {venue.location.city}, {venue.location.timezone}
          </p>
          <div className="row flex-wrap mt-3">
            <button
              type="button"
              className="btn btn-solid btn-sm"
              onClick={() => {
                setBase(venue);
                change.reset();
                drop.reset();
              }}
            >
              {t("org.venue.keepMine")}
            </button>
            <button
              type="button"
              className="btn btn-line btn-sm"
              onClick={() => {
                setBase(venue);
                setPlace(placeOf(venue));
                change.reset();
                drop.reset();
              }}
            >
              {t("org.venue.takeTheirs")}
            </button>
          </div>
        </Note>
      )}
      {change.isError && !isStale && (
        <Note tone="no" title={t("org.venue.failed")} live>
          {elsewhere(change.error).map(({ field, message }) => (
            <p key={field}>
              <span className="mono">{field}</span>: {message}
            </p>
          ))}
        </Note>
      )}
      {change.isSuccess && !isChanged && <Note tone="ok" title={t("org.venue.saved")} live />}
      {drop.isError && !isStale && (
        <Note
          tone="no"
          title={t(codeOf(drop.error) === "VENUE002" ? "org.venue.inUse" : "org.venue.notDropped")}
          live
        />
      )}
      <div className="row between flex-wrap">
        <button type="submit" className="btn btn-flood" disabled={!isChanged || change.isPending}>
          {change.isPending ? <Busy>{t("org.edit.saving")}</Busy> : t("org.venue.save")}
        </button>
        <button type="button" className="btn btn-quiet" onClick={() => setAsked(true)}>
          {t("org.venue.drop")}
        </button>
      </div>
      {isAsked && (
        <Sure
          title={t("org.off.sure")}
          means={t("org.venue.dropMeans")}
          words={t("org.venue.drop")}
          isBusy={drop.isPending}
          act={() => drop.mutate()}
          keep={() => setAsked(false)}
        />
      )}
    </form>
  );
}
