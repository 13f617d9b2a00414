import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { channelsQuery, eventOfQuery, eventsOfQuery, hoursQuery } from "@/features/insight/api";
import { courseOf, stepsOf } from "@/features/insight/course";
import { CourseKey, CoursePlot } from "@/features/insight/course-plot";
import type { ArenaEvent } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { FILE_TYPES, FileButtons } from "@/shared/ui/file-buttons";
import { LoadError } from "@/shared/ui/states";
import { useAddress } from "@/shared/ui/use-address";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { Cohorts } from "./cohorts";
import { Prices } from "./prices";
import { Replaying } from "./replaying";

/** As the server calls all sources past the first hundred. */
const OTHERS = "(other)";

/** Another event beside this one, this one as it stood, where orders came from, who came again. */
export function InsightRoute() {
  const { t } = useTranslation();
  const { eventId = "" } = useParams();
  const event = useQuery(eventOfQuery(eventId));
  usePageTitle(t("insight.title"));
  return (
    <main className="org-main" id="main">
      <div>
        <p className="kicker">{event.data?.name}</p>
        <h1 className="shout text-[26px]">{t("insight.title")}</h1>
      </div>
      {event.isError && (
        <LoadError error={event.error} what={t("insight.error")} retry={() => void event.refetch()} />
      )}
      {event.data && (
        <>
          <FileButtons
            files={(["csv", "xlsx", "parquet"] as const).map((kind) => ({
              path: `/analytics/events/${eventId}/export.${kind}`,
              name: `${event.data.name}.${kind}`,
              type: FILE_TYPES[kind],
              words: t(`insight.file.${kind}`),
            }))}
          />
          <Compare event={event.data} />
          <Replaying event={event.data} />
          <Prices event={event.data} />
          <Channels event={event.data} />
          <Cohorts organizationId={event.data.organizationId} />
        </>
      )}
    </main>
  );
}

function Compare({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const format = useFormat();
  const others =
    useQuery(eventsOfQuery(event.organizationId)).data?.filter(({ id }) => id !== event.id) ?? [];
  const [address, put] = useAddress();
  const chosen = address.get("with");
  const other = others.find(({ id }) => id === chosen);
  const hours = useQuery(hoursQuery(event.id));
  const own = hours.data?.points ?? [];
  const theirs = useQuery(hoursQuery(other?.id)).data?.points ?? [];
  const steps = stepsOf([
    { points: own, startTime: event.startTime },
    ...(other === undefined ? [] : [{ points: theirs, startTime: other.startTime }]),
  ]);
  const rows = courseOf(own, event.startTime, steps);
  const beside = other === undefined ? null : courseOf(theirs, other.startTime, steps);
  const label = t("insight.table", { of: t("insight.compare") });
  return (
    <section className="card pad stack" aria-labelledby="compare">
      <h2 className="h3" id="compare">
        {t("insight.compare")}
      </h2>
      <label className="field" htmlFor="other">
        <span className="label">{t("insight.with")}</span>
        <select
          id="other"
          className="input"
          value={chosen ?? ""}
          onChange={({ target }) => put({ with: target.value })}
        >
          <option value="">–</option>
          {others.map(({ id, name, startTime }) => (
            <option key={id} value={id}>
              {name}, {format.day(startTime)}
            </option>
          ))}
        </select>
      </label>
      {hours.isError && (
        <LoadError error={hours.error} what={t("insight.error")} retry={() => void hours.refetch()} />
      )}
      {hours.data && (
        <div>
          <CoursePlot hours={steps} own={rows} beside={beside} />
          <div className="row flex-wrap gap-4">
            <CourseKey isBeside={false} name={event.name} />
            {other && <CourseKey isBeside name={other.name} />}
          </div>
        </div>
      )}
      {hours.data && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keyboard, too
        <section className="org-scroll" aria-label={label} tabIndex={0}>
          <table className="org-table">
            <thead>
              <tr>
                <th>{t("insight.before")}</th>
                <th className="n">{event.name}</th>
                {other && <th className="n">{other.name}</th>}
              </tr>
            </thead>
            <tbody>
              {steps.map((before, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a step is known by its place
                <tr key={index}>
                  <td className="num">{t("insight.hours", { n: format.number(before) })}</td>
                  <td className="n">{format.number(rows[index] ?? 0)}</td>
                  {beside && <td className="n">{format.number(beside[index] ?? 0)}</td>}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

function Channels({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const format = useFormat();
  const channels = useQuery(channelsQuery(event.id));
  const currency = event.pricingTiers[0]?.currency ?? "EUR";
  return (
    <section className="card pad stack" aria-labelledby="channels">
      <h2 className="h3" id="channels">
        {t("insight.channels")}
      </h2>
      <p className="s13 muted">{t("insight.channelsText")}</p>
      <table className="org-table">
        <thead>
          <tr>
            <th>{t("insight.source")}</th>
            <th className="n">{t("insight.visitors")}</th>
            <th className="n">{t("insight.orders")}</th>
            <th className="n">{t("insight.revenue")}</th>
          </tr>
        </thead>
        <tbody>
          {(channels.data ?? []).map((each) => (
            <tr key={each.source ?? ""}>
              <td>{each.source === OTHERS ? t("insight.others") : (each.source ?? t("insight.unknown"))}</td>
              <td className="n">{format.number(each.visitors)}</td>
              <td className="n">{format.number(each.orders)}</td>
              <td className="n">{format.money(each.revenue, currency)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {channels.data?.length === 0 && <p className="s13 muted">{t("insight.none")}</p>}
      {channels.isError && (
        <LoadError error={channels.error} what={t("insight.error")} retry={() => void channels.refetch()} />
      )}
    </section>
  );
}
