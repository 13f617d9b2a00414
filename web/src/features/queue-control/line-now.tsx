import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ArenaEvent } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { Note } from "@/shared/ui/states";
import { controlQuery } from "./api";

/** Who waits, beside the sale that they wait for: there where the event has a waiting room. */
export function LineNow({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const format = useFormat();
  const isAsked = event.capacityConfig.waitingRoom?.enabled === true;
  const { data: room, isError } = useQuery({ ...controlQuery(event.id), enabled: isAsked });
  // Before somebody joined there is no line, and nothing to say of it.
  if (!isAsked || room === undefined) return null;
  const figures = [
    ["waiting", room.waiting],
    ["perMinute", room.perMinute],
    ["inside", room.inside],
    ["placesLeft", room.placesLeft],
  ] as const;
  return (
    <section className="card org-panel" aria-labelledby="line-now">
      <header>
        <h2 className="h3" id="line-now">
          {t("org.line.title")}
        </h2>
        {isError && <span className="s12 muted">{t("org.line.late")}</span>}
      </header>
      <dl className="lfacts">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{t(`org.line.${name}`)}</dt>
            <dd className="score">{value === null ? "–" : format.number(value)}</dd>
          </div>
        ))}
      </dl>
      {room.paused && (
        <div className="mt-3">
          <Note tone="warn" icon="pause" title={t("org.line.paused")} />
        </div>
      )}
      <Link className="btn btn-line btn-sm mt-3" to={`/organizer/events/${event.id}/queue`}>
        <Icon name="users" className="i-s" />
        {t("org.line.go")}
      </Link>
    </section>
  );
}
