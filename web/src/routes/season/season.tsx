import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { SeasonForm } from "@/features/season/season-form";
import { eventQuery, seasonQuery } from "@/shared/api/catalog";
import { codeOf } from "@/shared/api/errors";
import { useEventVenue } from "@/shared/api/use-event-venue";
import { LoadError, Panel } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";

/** The same place at every date of a series: the dates, the prices, the places. */
export function SeasonRoute() {
  const { t } = useTranslation();
  const { seriesId = "" } = useParams();
  const season = useQuery(seasonQuery(seriesId));
  const first = season.data?.dates[0]?.eventId;
  const event = useQuery({ ...eventQuery(first ?? ""), enabled: first !== undefined });
  const venue = useEventVenue(event.data);
  usePageTitle(t("season.title"));
  const isSold = season.data !== undefined && season.data.prices.length > 0;
  const isMissing = codeOf(season.error) === "NOTFOUND001" || codeOf(season.error) === "VALIDATION001";
  const failed = isMissing ? null : (season.error ?? event.error);
  if (isMissing || (season.data !== undefined && !isSold))
    return (
      <main className="page max-w-[720px]!" id="main">
        <Panel icon="cal" title={t("season.none")} text={t("season.noneText")} level={1}>
          <Link className="btn btn-line" to="/">
            {t("action.seeEvents")}
          </Link>
        </Panel>
      </main>
    );
  return (
    <main className="page max-w-[720px]! stack gap-6" id="main">
      <div>
        <p className="eyebrow wrap-anywhere">{event.data?.name ?? "\u00a0"}</p>
        <h1 className="shout h1 mt-1.5">{t("season.title")}</h1>
        <p className="muted mt-2.5">{t("season.text")}</p>
      </div>
      {failed !== null && (
        <LoadError
          error={failed}
          what={t("season.error")}
          retry={() => {
            void season.refetch();
            void event.refetch();
          }}
        />
      )}
      {season.data && event.data && venue ? (
        <SeasonForm season={season.data} event={event.data} venue={venue} />
      ) : (
        failed === null && <div className="sk h-48" aria-busy="true" />
      )}
    </main>
  );
}
