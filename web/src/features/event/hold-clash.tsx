import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import type { ApiError } from "@/shared/api/errors";
import { wait } from "@/shared/i18n/format";
import { printedNumber } from "@/shared/map/chart";
import { Note } from "@/shared/ui/states";
import { conflictOf, type NamedSeat, shortageOf } from "./clash";
import type { EventModel } from "./event-model";

/** A refusal with a way on: what is gone, and what can be had or done instead in one tap. */
export function HoldClash({ model, error }: { model: EventModel; error: ApiError }) {
  if (error.code === "SEAT001") return <SeatsGone model={model} error={error} />;
  if (error.code === "EVENT002") return <PlacesGone model={model} />;
  if (error.code === "PROMO001") return <CodeRefused model={model} />;
  return <Crowd error={error} />;
}

function CodeRefused({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  return (
    <Note tone="no" title={t("refusal.PROMO001.title")} live>
      <p>{t("refusal.PROMO001.text")}</p>
      <button type="button" className="btn btn-flood btn-sm mt-2" onClick={() => model.setPromoCode(null)}>
        {t("promo.drop")}
      </button>
    </Note>
  );
}

/** Behind one address there are as many visitors as may be: whoever has an account is not counted by it. */
function Crowd({ error }: { error: ApiError }) {
  const { t, i18n } = useTranslation();
  const { pathname, search } = useLocation();
  const back = `?next=${encodeURIComponent(pathname + search)}`;
  return (
    <Note tone="no" title={t("refusal.crowd.title")} live>
      <p>{t("refusal.crowd.text", { wait: wait(error.retryAfterSeconds ?? 60, i18n.language) })}</p>
      <div className="row flex-wrap gap-2 mt-2">
        <Link className="btn btn-flood btn-sm" to={`/sign-in${back}`}>
          {t("nav.signIn")}
        </Link>
        <Link className="btn btn-line btn-sm" to={`/register${back}`}>
          {t("nav.register")}
        </Link>
      </div>
    </Note>
  );
}

function SeatsGone({ model, error }: { model: EventModel; error: ApiError }) {
  const { t } = useTranslation();
  const conflict = conflictOf(error, model.picks);
  const name = (seat: NamedSeat) => {
    const section = model.seating?.scene.sections.find(({ id }) => id === seat.sectionId);
    const row = section?.rows.find(({ label }) => label === seat.row);
    return `${seat.row} ${printedNumber(seat.seat, row?.numbering)}`;
  };
  const { gone = [], nearest = [], instead = null } = conflict ?? {};
  return (
    <Note
      tone="no"
      title={t("conflict.title", { count: gone.length, seats: gone.map(name).join(", ") })}
      live
    >
      <p>{instead === null ? t("conflict.none") : t("conflict.text")}</p>
      {instead !== null && (
        <button type="button" className="btn btn-flood btn-sm mt-2 num" onClick={() => model.take(instead)}>
          {t("conflict.take", { seats: nearest.map(name).join(", ") })}
        </button>
      )}
    </Note>
  );
}

/** There are not as many where nobody has a number. */
function PlacesGone({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  const { party } = model.wish;
  const shortage = shortageOf({ party, picks: model.picks }, model.offers);
  if (shortage === null)
    return (
      <Note tone="no" title={t("refusal.other.title")} live>
        <p>{t("refusal.other.text")}</p>
      </Note>
    );
  const { sections, wanted, left, count } = shortage;
  const section = sections.map(({ name }) => name).join(", ");
  return (
    <Note tone="no" title={t("hold.taken", { count: wanted, section })} live>
      {sections.map(({ name, free }) => (
        <p key={name}>
          {sections.length > 1 && `${name}: `}
          {free > 0
            ? t("hold.stillFree", { count: free, section: name })
            : t("hold.noneFree", { section: name })}
        </p>
      ))}
      {left !== null && (
        <button type="button" className="btn btn-flood btn-sm mt-2" onClick={() => model.setWish(left)}>
          {t("hold.take", { count })}
        </button>
      )}
    </Note>
  );
}
