import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { rulesQuery } from "@/features/entry/api";
import { Devices } from "@/features/entry/devices";
import { Flagged } from "@/features/entry/flagged";
import { LiveGates } from "@/features/entry/live-gates";
import { RulesForm } from "@/features/entry/rules-form";
import { eventQuery } from "@/shared/api/catalog";
import { useEventVenue } from "@/shared/api/use-event-venue";
import { Icon } from "@/shared/ui/icon";
import { usePageTitle } from "@/shared/ui/use-page-title";
import "./entry.css";

/** The gates of an event: how they go, which there are, and the devices that scan. */
export function EntryRoute() {
  const { t } = useTranslation();
  const { eventId = "" } = useParams();
  const event = useQuery(eventQuery(eventId)).data;
  const venue = useEventVenue(event);
  const gates = useQuery(rulesQuery(eventId)).data?.gates.map(({ name }) => name) ?? [];
  usePageTitle(t("entry.title"));
  return (
    <main className="org-main entry" id="main">
      <div className="row between flex-wrap">
        <div className="min-w-0">
          <p className="kicker">{event?.name}</p>
          <h1 className="shout text-[26px]">{t("entry.title")}</h1>
        </div>
        <div className="row flex-wrap">
          <Link className="btn btn-line" to={`/gate/${eventId}`}>
            <Icon name="gate" className="i-s" />
            {t("entry.toScanner")}
          </Link>
          <Link className="btn btn-line" to={`/gate/${eventId}/box-office`}>
            <Icon name="ticket" className="i-s" />
            {t("entry.toBoxOffice")}
          </Link>
        </div>
      </div>
      <LiveGates key={eventId} eventId={eventId} />
      <Flagged key={`${eventId}/flagged`} eventId={eventId} sections={venue?.sections ?? []} />
      <RulesForm key={`${eventId}/rules`} eventId={eventId} sections={venue?.sections ?? []} />
      <Devices key={`${eventId}/devices`} eventId={eventId} gates={gates} />
    </main>
  );
}
