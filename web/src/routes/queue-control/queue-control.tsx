import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { QueuePanel } from "@/features/queue-control/queue-panel";
import { Rehearsals } from "@/features/queue-control/rehearsal";
import { eventQuery } from "@/shared/api/catalog";
import { usePageTitle } from "@/shared/ui/use-page-title";

/** What is bought in earnest is not rehearsed: the server refuses it. */
const SELLING = new Set(["ON_SALE", "SOLD_OUT", "LIVE"]);

/** A page of the organizer's frame. */
export function QueueControlRoute() {
  const { t } = useTranslation();
  const { eventId = "" } = useParams();
  const event = useQuery(eventQuery(eventId)).data;
  usePageTitle(t("control.title"));
  return (
    <main className="org-main" id="main">
      <div>
        <p className="kicker">{event?.name}</p>
        <h1 className="shout text-[26px]">{t("control.title")}</h1>
      </div>
      <QueuePanel eventId={eventId} />
      <Rehearsals eventId={eventId} isSelling={event !== undefined && SELLING.has(event.status)} />
      <Link className="btn btn-line justify-self-start" to={`/events/${eventId}`}>
        {t("control.toEvent")}
      </Link>
    </main>
  );
}
