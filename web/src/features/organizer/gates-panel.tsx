import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ArenaEvent } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { LoadError } from "@/shared/ui/states";
import { gatesFeed, gatesQuery } from "./api";

const nothing = (): null => null;

/** How people come in, gate by gate: there from when somebody did, or the event is on. */
export function GatesPanel({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const live = useQuery(gatesQuery(event.id));
  const feed = useMemo(() => gatesFeed(event.id, client), [event.id, client]);
  useSyncExternalStore(feed.watch, nothing);
  const counts = live.data;
  if (event.status !== "LIVE" && !(counts && counts.admitted > 0)) return null;
  const most = Math.max(1, ...(counts?.gates ?? []).map(({ perMinute }) => perMinute));
  return (
    <section className="card org-panel" aria-labelledby="gates-now">
      <header>
        <h2 className="h3" id="gates-now">
          {t("org.gates.title")}
        </h2>
        {counts && (
          <span className="s12 muted num">
            {t("org.gates.sum", {
              inside: format.number(counts.inside),
              rate: format.number(counts.perMinute),
            })}
          </span>
        )}
      </header>
      {/* Who may see figures and no gates is told of them with the figures. */}
      {live.isError && codeOf(live.error) !== "AUTH004" && (
        <LoadError error={live.error} what={t("org.error.figures")} retry={() => void live.refetch()} />
      )}
      {live.isPending && <div className="sk h-24" aria-busy="true" />}
      {counts && counts.gates.length === 0 && <p className="muted">{t("org.gates.none")}</p>}
      {counts && counts.gates.length > 0 && (
        <table className="org-table">
          <thead>
            <tr>
              <th>{t("org.gates.gate")}</th>
              <th>
                <span className="sr-only">{t("org.gates.share")}</span>
              </th>
              <th className="n">{t("org.gates.perMinute")}</th>
              <th className="n">{t("org.gates.admitted")}</th>
            </tr>
          </thead>
          <tbody>
            {counts.gates.map(({ gate, perMinute, admitted }) => (
              <tr key={gate}>
                <td>{gate}</td>
                <td>
                  <meter min={0} max={most} value={perMinute} aria-hidden="true" />
                </td>
                <td className="n">{format.number(perMinute)}</td>
                <td className="n">{format.number(admitted)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Link className="btn btn-line btn-sm mt-3" to={`/organizer/events/${event.id}/gates`}>
        <Icon name="gate" className="i-s" />
        {t("org.gates.go")}
      </Link>
    </section>
  );
}
