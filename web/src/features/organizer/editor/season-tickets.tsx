import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ArenaEvent, NewSeasonOffer, SeasonOffer } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { offerSeason, ownEventQuery, seasonOfferQuery } from "../api";
import { MoneyInput } from "./inputs";
import { type Level, levelsOf, soldOf } from "./season-levels";

/** What a place at each date costs in a season ticket, by price level; none ends the sale. */
export function SeasonTickets({ seriesId }: { seriesId: string }) {
  const { t } = useTranslation();
  const offer = useQuery(seasonOfferQuery(seriesId));
  // The prices are those of the first date, from which the others were made.
  const first = useQuery(ownEventQuery(seriesId));
  const error = offer.error ?? first.error;
  const isOthers = offer.data !== undefined && offer.data.levels == null;
  if (isOthers) return null;
  return (
    <section className="card pad stack" id="season" aria-labelledby="season-title">
      <h2 className="h2 shout" id="season-title">
        {t("org.season.title")}
      </h2>
      {error !== null && (
        <LoadError
          error={error}
          what={t("org.season.error")}
          retry={() => {
            void offer.refetch();
            void first.refetch();
          }}
        />
      )}
      {error === null && !(offer.data && first.data) && <div className="sk h-24" aria-busy="true" />}
      {offer.data && first.data && <Offer offer={offer.data} first={first.data} />}
    </section>
  );
}

function Offer({ offer, first }: { offer: SeasonOffer; first: ArenaEvent }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const kept = levelsOf(first.pricingTiers, offer.levels ?? []);
  const [changed, setChanged] = useState<readonly Level[] | null>(null);
  const levels = changed ?? kept;
  const save = useMutation({
    mutationFn: (body: NewSeasonOffer) => offerSeason(offer.seriesId, body),
    onSuccess: (saved) => {
      client.setQueryData(seasonOfferQuery(offer.seriesId).queryKey, saved);
      setChanged(null);
    },
  });
  const set = (index: number, patch: Partial<Level>) => {
    save.reset();
    setChanged(levels.map((level, at) => (at === index ? { ...level, ...patch } : level)));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!save.isPending) save.mutate({ levels: soldOf(levels) });
  };
  const isOnSale = (offer.levels ?? []).length > 0;
  return (
    <form className="stack" aria-labelledby="season-title" onSubmit={submit}>
      <p className="muted">{t("org.season.text")}</p>
      <ul className="org-list" aria-label={t("org.season.levels")}>
        {levels.map((level, index) => (
          <li key={level.priceLevel} className="row between flex-wrap py-2">
            <label className="tick-box min-w-0">
              <input
                type="checkbox"
                checked={level.isSold}
                onChange={({ target }) => set(index, { isSold: target.checked })}
              />
              <span className="wrap-anywhere">{level.name}</span>
            </label>
            {level.isSold && (
              <span className="row">
                <MoneyInput
                  id={`season-amount-${index}`}
                  label={t("org.season.amount", { level: level.name })}
                  value={level.amount}
                  currency={offer.currency}
                  onChange={(amount) => set(index, { amount })}
                />
                <span className="s13 muted">{offer.currency}</span>
              </span>
            )}
          </li>
        ))}
      </ul>
      <div className="row flex-wrap">
        {isOnSale && (
          <Link className="link" to={`/series/${offer.seriesId}`}>
            {t("org.season.see", { count: offer.dates.length })}
          </Link>
        )}
        <span className="grow" />
        {changed !== null && (
          <button type="button" className="btn btn-quiet" onClick={() => setChanged(null)}>
            {t("org.season.undo")}
          </button>
        )}
        <button type="submit" className="btn btn-solid" disabled={changed === null || save.isPending}>
          {save.isPending ? <Busy>{t("org.edit.saving")}</Busy> : t("org.season.save")}
        </button>
      </div>
      {save.error instanceof ApiError && (
        <Note tone="no" title={t("org.edit.failed")} live>
          {save.error.details.map(({ field, message }) => (
            <p key={field}>
              <span className="mono">{field}</span>: {message}
            </p>
          ))}
        </Note>
      )}
      {save.isSuccess && changed === null && (
        <Note tone="ok" title={t(isOnSale ? "org.season.sold" : "org.season.ended")} live />
      )}
    </form>
  );
}
