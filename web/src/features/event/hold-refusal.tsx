import { useTranslation } from "react-i18next";
import { ApiError } from "@/shared/api/errors";
import { printedNumber } from "@/shared/map/chart";
import { ErrorCode, Note } from "@/shared/ui/states";
import type { EventModel } from "./event-model";

const KNOWN = {
  EVENT003: "EVENT003",
  ORDER003: "ORDER003",
  QUEUE001: "QUEUE001",
  RATE001: "RATE001",
  SYS002: "SYS002",
  NETWORK: "NETWORK",
  TIMEOUT: "NETWORK",
} as const;
const isKnown = (code: string): code is keyof typeof KNOWN => code in KNOWN;

/** What happened to the wish, what it cost, and what is still to be had. */
export function HoldRefusal({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  const error = model.hold.refusal;
  if (!(error instanceof ApiError)) return null;
  if (error.code === "SEAT001") return <SeatsGone model={model} />;
  if (error.code === "EVENT002") return <PlacesGone model={model} />;
  if (error.code === "PROMO001")
    return (
      <Note tone="no" title={t("refusal.PROMO001.title")} live>
        <p>{t("refusal.PROMO001.text")}</p>
        <button type="button" className="btn btn-solid btn-sm mt-2" onClick={() => model.setPromoCode(null)}>
          {t("promo.drop")}
        </button>
      </Note>
    );
  const key = isKnown(error.code) ? KNOWN[error.code] : undefined;
  return (
    <Note tone={error.status === 0 ? "off" : "no"} title={t(`refusal.${key ?? "other"}.title`)} live>
      <p>{t(`refusal.${key ?? "other"}.text`, { seconds: error.retryAfterSeconds ?? 30 })}</p>
      {key === undefined && <ErrorCode error={error} />}
    </Note>
  );
}

/** Named seats went to somebody else: the nearest free ones in one tap. */
function SeatsGone({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  const conflict = model.hold.conflict;
  const name = (seat: { sectionId: string; row: string; seat: number }) => {
    const section = model.seating?.scene.sections.find(({ id }) => id === seat.sectionId);
    const row = section?.rows.find(({ label }) => label === seat.row);
    return `${seat.row} ${printedNumber(seat.seat, row?.numbering)}`;
  };
  const gone = conflict?.gone ?? [];
  const nearest = (conflict?.nearest ?? []).slice(0, gone.length);
  const instead = conflict?.instead ?? null;
  return (
    <Note
      tone="no"
      title={t("conflict.title", { count: gone.length, seats: gone.map(name).join(", ") })}
      live
    >
      <p>{instead === null ? t("conflict.none") : t("conflict.text")}</p>
      {instead !== null && (
        <button type="button" className="btn btn-solid btn-sm mt-2 num" onClick={() => model.take(instead)}>
          {t("conflict.take", { seats: nearest.map(name).join(", ") })}
        </button>
      )}
    </Note>
  );
}

/** There are not as many where one stands. */
function PlacesGone({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  const { offer, picks } = model;
  const free = offer?.free ?? 0;
  const name = offer?.section.name ?? "";
  return (
    <Note tone="no" title={t("hold.taken", { count: picks.length, section: name })} live>
      <p>
        {free > 0
          ? t("hold.stillFree", { count: free, section: name })
          : t("hold.noneFree", { section: name })}
      </p>
      {free > 0 && free < picks.length && (
        <button type="button" className="btn btn-solid btn-sm mt-2" onClick={() => model.shrink(free)}>
          {t("hold.take", { count: free })}
        </button>
      )}
    </Note>
  );
}
