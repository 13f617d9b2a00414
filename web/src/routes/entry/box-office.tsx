import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { Receipt } from "@/features/entry/receipt";
import { Till } from "@/features/entry/till";
import { eventQuery } from "@/shared/api/catalog";
import type { OrderResponse } from "@/shared/api/contract";
import { useEventVenue } from "@/shared/api/use-event-venue";
import { Icon } from "@/shared/ui/icon";
import { LoadError } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { RequirePerson } from "../shell/require-person";
import "./entry.css";

export function BoxOfficeRoute() {
  const { eventId = "" } = useParams();
  return (
    <RequirePerson>
      <BoxOffice key={eventId} eventId={eventId} />
    </RequirePerson>
  );
}

/** The desk at the gate: choose, sell, print, next. */
function BoxOffice({ eventId }: { eventId: string }) {
  const { t } = useTranslation();
  const event = useQuery(eventQuery(eventId));
  const venue = useEventVenue(event.data);
  const [sold, setSold] = useState<OrderResponse | null>(null);
  usePageTitle(t("entry.till.title"));
  return (
    <main className="desk" id="main">
      <div className="row between flex-wrap no-print">
        <div className="min-w-0">
          <p className="kicker">{event.data?.name}</p>
          <h1 className="shout text-[26px]">{t("entry.till.title")}</h1>
        </div>
        <Link className="btn btn-line" to={`/gate/${eventId}`}>
          <Icon name="gate" className="i-s" />
          {t("entry.toScanner")}
        </Link>
      </div>
      {event.isError && (
        <LoadError error={event.error} what={t("entry.till.error")} retry={() => void event.refetch()} />
      )}
      {(event.isPending || venue === undefined) && !event.isError && (
        <div className="sk h-64" aria-busy="true" />
      )}
      {event.data !== undefined &&
        venue !== undefined &&
        (sold === null ? (
          <Till event={event.data} sections={venue.sections} onSold={setSold} />
        ) : (
          <Receipt order={sold} event={event.data} venue={venue} onNext={() => setSold(null)} />
        ))}
    </main>
  );
}
