import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { QueueAnswer } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { drawQuery } from "./api";

/** What shows that nobody was favoured: the seal from before, what it opened to after, and the way to check it. */
export function Receipt({ eventId, place }: { eventId: string; place: QueueAnswer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const draw = useQuery(drawQuery(eventId)).data;
  if (draw === undefined) return null;
  const lane = draw.lanes.find((each) => each.lane === place.lane);
  const wasDrawn = lane !== undefined && place.position <= lane.entrants;
  return (
    <section className="card pad rc" aria-labelledby="receipt">
      <div className="row mb-1">
        <Icon name="shield" />
        <h2 className="h3 grow" id="receipt">
          {t("receipt.title")}
        </h2>
      </div>
      <p className="s13 muted mb-2.5">
        {draw.seed === undefined
          ? t("receipt.sealed")
          : wasDrawn
            ? t("receipt.drawn", { time: format.clock(Date.parse(draw.drawnAt ?? draw.sealedAt)) })
            : t("receipt.later")}
      </p>
      <dl>
        {wasDrawn && (
          <div className="kv">
            <dt>{t("receipt.place")}</dt>
            <dd className="b">
              {t("receipt.of", { n: format.number(place.position), all: format.number(lane.entrants) })}
            </dd>
          </div>
        )}
        <div className="kv">
          <dt>{t("receipt.seal", { time: format.clock(Date.parse(draw.sealedAt)) })}</dt>
          <dd className="mono">{short(draw.seal)}</dd>
        </div>
        {draw.seed !== undefined && draw.drawnAt !== undefined && (
          <div className="kv">
            <dt>{t("receipt.opened", { time: format.clock(Date.parse(draw.drawnAt)) })}</dt>
            <dd className="mono">{short(draw.seed)}</dd>
          </div>
        )}
      </dl>
      {wasDrawn && (
        <Link className="btn btn-line btn-block mt-2" to={`/events/${eventId}/queue/check`}>
          {t("receipt.check")}
        </Link>
      )}
    </section>
  );
}

const short = (hex: string): string => `${hex.slice(0, 4)}…${hex.slice(-4)}`;
