import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { QueueAnswer } from "@/shared/api/contract";
import { serverTime } from "@/shared/api/server-clock";
import { useCall } from "@/shared/ui/call";
import { minutesAndSeconds } from "@/shared/ui/duration";
import { Icon } from "@/shared/ui/icon";
import { useNow } from "@/shared/ui/use-now";

const PASS_MS = 600_000;

/** It is one's turn: a sound, the tab's name, and the one thing to do next. */
export function Turn({ eventId, place }: { eventId: string; place: QueueAnswer }) {
  const { t } = useTranslation();
  useCall(true, t("turn.tab"));
  return (
    <div className="turn">
      <section className="dlg" aria-labelledby="turn">
        <h1 className="shout text-[32px]" id="turn">
          {t("turn.title")}
        </h1>
        <p className="sr" role="alert">
          {t("turn.spoken")}
        </p>
        <Left until={Date.parse(place.passExpiresAt ?? "")} />
        <Link className="btn btn-night btn-lg btn-block" to={`/events/${eventId}`}>
          {t("turn.go")}
          <Icon name="arrow" />
        </Link>
      </section>
    </div>
  );
}

function Left({ until }: { until: number }) {
  const { t } = useTranslation();
  const left = Math.max(0, until - serverTime(useNow()));
  return (
    <>
      <div>
        <b className="score num" role="timer">
          {minutesAndSeconds(left)}
        </b>
        <p className="mt-1.5 text-[17px]">{t("turn.text")}</p>
      </div>
      <div className="bar-left" aria-hidden="true">
        <i style={{ width: `${Math.min(100, (100 * left) / PASS_MS)}%` }} />
      </div>
    </>
  );
}
