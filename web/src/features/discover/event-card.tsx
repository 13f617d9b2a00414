import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ArenaEvent, Venue } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { BowlArt } from "@/shared/map/bowl-art";
import { pricePoints, rankBySection } from "@/shared/map/prices";
import { EventPill } from "@/shared/ui/event-pill";
import { Scarf } from "@/shared/ui/scarf";

const OVER = new Set(["COMPLETED", "CANCELLED"]);
const BUYABLE = new Set(["ON_SALE", "LIVE", "SCHEDULED", "PAUSED"]);

export const EventCard = memo(function EventCard({
  event,
  venue,
  wide = false,
  isTooLate = false,
}: {
  event: ArenaEvent;
  venue: Venue | undefined;
  wide?: boolean;
  /** The sale on line is over, though the event is not. */
  isTooLate?: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const classes = ["card ecard", wide && "hero", OVER.has(event.status) && "past"].filter(Boolean).join(" ");
  return (
    <Link className={classes} to={`/events/${event.id}`}>
      <Scarf name={event.name} />
      {wide && venue !== undefined && (
        <div className="map">
          <BowlArt sections={venue.sections} ranks={rankBySection(event)} />
        </div>
      )}
      <div className="in">
        <div className="ko score">
          {format.time(event.startTime, venue?.location.timezone)}
          <small>{t("card.start")}</small>
        </div>
        <div className="min-w-0">
          <h3>{event.name}</h3>
          <p className="s13 muted trunc mt-0.5">
            {venue === undefined ? "\u00a0" : `${venue.name}, ${venue.location.city}`}
          </p>
        </div>
        <div className="foot">
          <span className="row flex-wrap">
            <EventPill event={event} isTooLate={isTooLate} />
            {wide && (
              <span className="s13 muted num only-d">
                {t("event.left", { n: format.number(event.availability.currentCapacity) })}
              </span>
            )}
          </span>
          {BUYABLE.has(event.status) && !isTooLate && <PriceFrom event={event} />}
        </div>
      </div>
    </Link>
  );
});

function PriceFrom({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const format = useFormat();
  const lowest = pricePoints(event)[0];
  if (lowest === undefined) return null;
  const total = event.availability.priceFrom ?? lowest.total;
  return (
    <span className="from">
      {t("card.from")} <b className="num">{format.price(total, lowest.currency)}</b>
    </span>
  );
}

export function CardSkeleton() {
  return (
    <div className="card ecard">
      <div className="sk h-[72px] rounded-none" />
      <div className="in">
        <div className="sk h-10 w-[72px]" />
        <div className="stack gap-2">
          <div className="sk h-4 w-[86%]" />
          <div className="sk h-3 w-[52%]" />
        </div>
        <div className="foot">
          <div className="sk h-[26px] w-[110px] rounded-full" />
          <div className="sk h-[18px] w-16" />
        </div>
      </div>
    </div>
  );
}
