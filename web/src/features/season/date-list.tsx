import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { SeasonOffer, SeasonPrice } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";

/** The dates, with what a place costs at each. */
export function SeasonDateList({
  season,
  price,
  timezone,
}: {
  season: SeasonOffer;
  price: SeasonPrice;
  timezone: string | undefined;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <section className="stack gap-2" aria-labelledby="season-dates">
      <h2 className="h3" id="season-dates">
        {t("season.dates")}
      </h2>
      <ul className="card overflow-hidden">
        {season.dates.map(({ eventId, startTime }, at) => (
          <li className="pad row between py-0! not-first:border-t not-first:border-line" key={eventId}>
            <Link className="link num min-h-11 content-center" to={`/events/${eventId}`}>
              {format.when(startTime, timezone)}
            </Link>
            <span className="num">{format.money(price.byDate[at] ?? 0, season.currency)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
