import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useId } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { chartQuery } from "@/shared/api/catalog";
import type { ArenaEvent, SeasonOffer, Venue } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { Stepper } from "@/shared/ui/stepper";
import { SeasonDateList } from "./date-list";
import { SeasonRefusal } from "./refusal";
import { SeasonSeats } from "./seats";
import { useFree } from "./use-free";
import { useHoldSeason } from "./use-hold-season";
import { askedOf, isSame, queryOf, type Wish, wishOf } from "./wish";

const PLACES_MAX = 20;

/** Section, price level and places of a season ticket, and what they come to. */
export function SeasonForm({
  season,
  event,
  venue,
}: {
  season: SeasonOffer;
  event: ArenaEvent;
  venue: Venue;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const sumId = useId();
  const [query, setQuery] = useSearchParams();
  const chart = useQuery(chartQuery(event)).data;
  const { hold, isPerson, isBooting, isHolding, error, reset } = useHoldSeason(season.seriesId);
  const wish = wishOf(query);
  const sections = venue.sections.filter(({ id }) => season.prices.some((each) => each.sectionId === id));
  const section = sections.find(({ id }) => id === wish.sectionId) ?? sections[0];
  const prices = season.prices.filter(({ sectionId }) => sectionId === section?.id);
  const price = prices.find(({ priceLevel }) => priceLevel === wish.level) ?? prices[0];
  const isSeated = section?.kind === "SEATED";
  const { free, error: unread, retry } = useFree(season, section?.id ?? "", isSeated);
  const most = Math.min(event.capacityConfig.maxTicketsPerOrder, PLACES_MAX, free?.count ?? 0);
  // What somebody else has by now is wished for no longer.
  const seats = wish.seats.filter((seat) =>
    free?.rows.some(({ label, seats: numbers }) =>
      numbers.some((n) => isSame(seat, { row: label, seat: n })),
    ),
  );
  const count = isSeated ? seats.length : Math.min(wish.count, most);
  if (section === undefined || price === undefined) return null;
  const money = (amount: number) => format.money(amount, season.currency);
  const levelName = (level: string) =>
    event.pricingTiers.find(({ priceLevel }) => priceLevel === level)?.name ?? level;
  const change = (patch: Partial<Wish>) => {
    reset();
    const next = { ...wish, sectionId: section.id, level: price.priceLevel, seats, ...patch };
    setQuery(queryOf(next), { replace: true, preventScrollReset: true });
  };
  const submit = (submitted: FormEvent) => {
    submitted.preventDefault();
    if (count === 0) return;
    const its = { sectionId: section.id, level: price.priceLevel, count, seats };
    const eventIds = season.dates.map(({ eventId }) => eventId);
    hold(askedOf(its, eventIds, isSeated));
  };
  return (
    <form className="stack gap-6" aria-label={t("season.form")} onSubmit={submit}>
      <div className="card pad stack">
        <div className="field">
          <label htmlFor="season-section">{t("season.section")}</label>
          <select
            id="season-section"
            className="input"
            value={section.id}
            onChange={({ target }) => change({ sectionId: target.value, level: "", seats: [] })}
          >
            {sections.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor="season-level">{t("season.level")}</label>
          <select
            id="season-level"
            className="input"
            value={price.priceLevel}
            onChange={({ target }) => change({ level: target.value })}
          >
            {prices.map(({ priceLevel, total }) => (
              <option key={priceLevel} value={priceLevel}>
                {levelName(priceLevel)} · {money(total)}
              </option>
            ))}
          </select>
        </div>
        {unread !== null && <LoadError error={unread} what={t("season.error")} retry={retry} />}
        {unread === null && free === undefined && <div className="sk h-11" aria-busy="true" />}
        {free?.count === 0 && (
          <Note
            tone="warn"
            title={
              free.fullAt === undefined
                ? t("season.noneShared", { section: section.name })
                : t("season.full", {
                    section: section.name,
                    date: format.when(free.fullAt, venue.location.timezone),
                  })
            }
          >
            <p>{t("season.fullText")}</p>
          </Note>
        )}
        {free !== undefined && isSeated && (
          <SeasonSeats
            key={section.id}
            rows={free.rows}
            section={chart?.sections.find(({ id }) => id === section.id)}
            seats={seats}
            max={most}
            change={(next) => change({ seats: next })}
          />
        )}
        {free !== undefined && free.count > 0 && !isSeated && (
          <div className="row between">
            <span className="label">{t("season.count")}</span>
            <Stepper
              value={count}
              max={most}
              label={t("season.count")}
              change={(next) => change({ count: next })}
            />
          </div>
        )}
      </div>
      <SeasonDateList season={season} price={price} timezone={venue.location.timezone} />
      <SeasonRefusal error={error} season={season} timezone={venue.location.timezone} />
      <div className="stack season-foot gap-2">
        <p className="num" id={sumId}>
          {t("season.each", { count: season.dates.length, total: money(price.total) })}{" "}
          {price.single > price.total && (
            <span className="muted">{t("season.saves", { saved: money(price.single - price.total) })}</span>
          )}
        </p>
        <button
          type="submit"
          className="btn btn-flood btn-lg btn-block num"
          aria-busy={isHolding}
          aria-describedby={sumId}
          disabled={count === 0 || isBooting}
        >
          {isHolding ? (
            <Busy>{t("hold.holding")}</Busy>
          ) : count === 0 ? (
            t("season.choose")
          ) : (
            t(isPerson ? "season.hold" : "season.signIn", { count, total: money(count * price.total) })
          )}
        </button>
      </div>
    </form>
  );
}
