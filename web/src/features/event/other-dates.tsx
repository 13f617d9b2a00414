import { useQuery } from "@tanstack/react-query";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { seasonQuery } from "@/shared/api/catalog";
import type { ArenaEvent } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { seriesQuery } from "./api";

const SHOWN_MAX = 12;

/** The other dates of the same series that are still to come, and the ticket for all of them. */
export const OtherDates = memo(function OtherDates({
  event,
  timezone,
}: {
  event: ArenaEvent;
  timezone: string | undefined;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const dates = useQuery(seriesQuery(event.seriesId)).data;
  const season = useQuery(seasonQuery(event.seriesId)).data;
  const others = (dates ?? []).filter(({ id }) => id !== event.id).slice(0, SHOWN_MAX);
  if (others.length === 0) return null;
  return (
    <nav className="mt-3" aria-label={t("event.otherDates")}>
      <p className="label mb-2">{t("event.otherDates")}</p>
      <div className="chips">
        {others.map(({ id, startTime }) => (
          <Link key={id} className="chip num" to={`/events/${id}`}>
            {format.when(startTime, timezone)}
          </Link>
        ))}
      </div>
      {season && season.prices.length > 0 && season.dates.length > 1 && (
        <Link className="btn btn-line mt-3" to={`/series/${season.seriesId}`}>
          {t("event.season", {
            count: season.dates.length,
            price: format.price(Math.min(...season.prices.map(({ total }) => total)), season.currency),
          })}
        </Link>
      )}
    </nav>
  );
});
