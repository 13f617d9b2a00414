import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ArenaEvent } from "@/shared/api/contract";
import { Icon } from "@/shared/ui/icon";
import { Note } from "@/shared/ui/states";
import { controlQuery } from "./api";
import { LineFigures } from "./line-figures";

/** Who waits, beside the sale that they wait for: there where the event has a waiting room. */
export function LineNow({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const isAsked = event.capacityConfig.waitingRoom?.enabled === true;
  const { data: room, isError } = useQuery({ ...controlQuery(event.id), enabled: isAsked });
  // Before somebody joined there is no line, and nothing to say of it.
  if (!isAsked || room === undefined) return null;
  return (
    <section className="card org-panel" aria-labelledby="line-now">
      <header>
        <h2 className="h3" id="line-now">
          {t("org.line.title")}
        </h2>
        {isError && <span className="s12 muted">{t("org.line.late")}</span>}
      </header>
      <LineFigures room={room} word={(name) => t(`org.line.${name}`)} />
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
