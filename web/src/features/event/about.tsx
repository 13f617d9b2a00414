import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Picture } from "@/shared/ui/picture";
import { type EventModel, pictureOf } from "./event-model";
import { OtherDates } from "./other-dates";

export function EventPicture({ model, sizes }: { model: EventModel; sizes: string }) {
  const { t } = useTranslation();
  const picture = pictureOf(model);
  if (picture === undefined) return null;
  return (
    <Picture media={picture.media} alt={t("event.picture", picture)} sizes={sizes} className="venue-pic" />
  );
}

/** What the organizer says of the event, and where it is: the end of a phone's sheet. */
export function About({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  const { event, venue } = model;
  return (
    <section className="stack gap-2">
      <h2 className="h3">{t("event.about")}</h2>
      <EventPicture model={model} sizes="100vw" />
      <p className="b wrap-anywhere">{event.name}</p>
      {event.description !== "" && <p className="s13 whitespace-pre-line">{event.description}</p>}
      <OtherDates event={event} timezone={venue?.location.timezone} />
      {venue !== undefined && (
        <p className="s13 muted">
          <Link className="link inline-flex min-h-11 items-center" to={`/venues/${venue.id}`}>
            {[venue.name, venue.location.address, venue.location.city].filter(Boolean).join(", ")}
          </Link>
        </p>
      )}
    </section>
  );
}
