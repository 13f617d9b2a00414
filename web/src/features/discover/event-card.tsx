import { useQuery } from "@tanstack/react-query";
import { memo, type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { eventQuery } from "@/shared/api/catalog";
import type { EventCard as Card } from "@/shared/api/contract";
import { useEventVenue } from "@/shared/api/use-event-venue";
import { useFormat } from "@/shared/i18n/format";
import { BowlArt } from "@/shared/map/bowl-art";
import { rankBySection } from "@/shared/map/prices";
import type { SavedEvent } from "@/shared/saved-events";
import { EventPill } from "@/shared/ui/event-pill";
import { Thumb } from "@/shared/ui/picture";
import { SaveEvent } from "@/shared/ui/save-event";
import { Scarf } from "@/shared/ui/scarf";

const OVER = new Set(["COMPLETED", "CANCELLED"]);
/** What a price says something of. */
export const BUYABLE = new Set(["ON_SALE", "LIVE", "SCHEDULED", "PAUSED"]);

export const EventCard = memo(function EventCard({
  event,
  wide = false,
  isTooLate = false,
}: {
  event: Card;
  wide?: boolean;
  /** The sale on line is over, though the event is not. */
  isTooLate?: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const classes = ["card ecard", wide && "hero", OVER.has(event.status) && "past"].filter(Boolean).join(" ");
  return (
    <CardBox event={event} wide={wide}>
      <Link className={classes} to={`/events/${event.id}`}>
        <CardTop name={event.name} worn={event.scarf} picture={event.picture} wide={wide} />
        {wide && <HeroMap eventId={event.id} />}
        <div className="in">
          <div className="ko score">
            {format.time(event.startTime, event.venue.timezone)}
            <small>{t("card.start")}</small>
          </div>
          <div className="min-w-0">
            <h3>{event.name}</h3>
            <p className="s13 muted mt-0.5 wrap-anywhere">
              {event.venue.name}, {event.venue.city}
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
    </CardBox>
  );
});

/** A card is one link; what else can be pressed lies over it. */
export function CardBox({
  event,
  wide = false,
  children,
}: {
  event: SavedEvent & { venue: { timezone?: string | undefined } };
  wide?: boolean;
  children: ReactNode;
}) {
  return (
    <div className={wide ? "ecard-box wide" : "ecard-box"}>
      {children}
      <span className="save">
        <SaveEvent event={{ ...event, timezone: event.venue.timezone }} />
      </span>
    </div>
  );
}

/** Its picture with its colours beneath, or its colours alone. */
export function CardTop({
  name,
  worn,
  picture,
  wide = false,
}: {
  name: string;
  worn?: Card["scarf"];
  picture: Card["picture"];
  wide?: boolean;
}) {
  return (
    <div className={picture ? "card-top has-pic" : "card-top"}>
      {picture && (
        <Thumb
          thumb={picture}
          sizes={wide ? "(min-width: 900px) 620px, 100vw" : "(min-width: 900px) 400px, 100vw"}
        />
      )}
      <Scarf name={name} worn={worn} />
    </div>
  );
}

/** The bowl of the one wide card: what it takes comes after the list, and is there already when the event is opened. */
function HeroMap({ eventId }: { eventId: string }) {
  const event = useQuery(eventQuery(eventId)).data;
  const venue = useEventVenue(event);
  const ranks = useMemo(() => event && rankBySection(event), [event]);
  return <div className="map">{venue && ranks && <BowlArt sections={venue.sections} ranks={ranks} />}</div>;
}

function PriceFrom({ event }: { event: Card }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { priceFrom } = event.availability;
  if (priceFrom === null) return null;
  return (
    <span className="from">
      {t("card.from")} <b className="num">{format.price(priceFrom, event.currency)}</b>
    </span>
  );
}

/** What one organizer wrote spoils no page of all: where a card breaks, this stands. */
export function BrokenCard() {
  const { t } = useTranslation();
  return (
    <div className="card ecard">
      <p className="in muted">{t("card.broken")}</p>
    </div>
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
