import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { EventStatus, SearchHit } from "@/shared/api/contract";
import { salesOf } from "@/shared/api/sales";
import { useFormat } from "@/shared/i18n/format";
import { Apart } from "@/shared/ui/apart";
import { pillFor, TOO_LATE } from "@/shared/ui/event-pill";
import { Icon } from "@/shared/ui/icon";
import { BrokenCard, BUYABLE, CardBox, CardTop } from "./event-card";
import { pieces } from "./search";

/** Events in the order in which they fit; each says its day. */
export function Found({ hits, now }: { hits: readonly SearchHit[]; now: number }) {
  return (
    <div className="cards mt-4">
      {hits.map((hit) => (
        <Apart key={hit.id} instead={<BrokenCard />}>
          <FoundCard hit={hit} isTooLate={salesOf(hit, Number.POSITIVE_INFINITY, now).reason === "tooLate"} />
        </Apart>
      ))}
    </div>
  );
}

const FoundCard = memo(function FoundCard({ hit, isTooLate }: { hit: SearchHit; isTooLate: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { venue, highlights } = hit;
  return (
    <CardBox event={hit}>
      <Link className="card ecard" to={`/events/${hit.id}`}>
        <CardTop name={hit.name} worn={hit.scarf} picture={hit.picture} />
        <div className="in">
          <div className="ko score">
            {format.time(hit.startTime, venue.timezone)}
            <small>{t("card.start")}</small>
          </div>
          <div className="min-w-0">
            <h2>
              <Marked html={highlights.name} text={hit.name} />
            </h2>
            <p className="s13 num mt-0.5">{format.longDay(hit.startTime, venue.timezone)}</p>
            <p className="s13 muted mt-0.5 wrap-anywhere">
              <Marked html={highlights.venue} text={venue.name} />,{" "}
              <Marked html={highlights.city} text={venue.city} />
              {hit.distanceKm !== undefined && (
                <span className="num">
                  {" "}
                  · {t("found.away", { km: format.number(Math.round(hit.distanceKm)) })}
                </span>
              )}
            </p>
          </div>
          <div className="foot">
            <StatePill status={hit.status} isTooLate={isTooLate} />
            {!isTooLate &&
              BUYABLE.has(hit.status) &&
              hit.priceFrom !== undefined &&
              hit.currency !== undefined && (
                <span className="from">
                  {t("card.from")} <b className="num">{format.price(hit.priceFrom, hit.currency)}</b>
                </span>
              )}
          </div>
        </div>
      </Link>
    </CardBox>
  );
});

function Marked({ html, text }: { html: string | undefined; text: string }) {
  if (html === undefined) return text;
  return pieces(html).map((piece, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text stand where they stand
    piece.isFound ? <mark key={index}>{piece.text}</mark> : piece.text,
  );
}

/** The state as the index knows it: what is free this minute it does not know, so nothing is said of it. */
function StatePill({ status, isTooLate }: { status: EventStatus; isTooLate: boolean }) {
  const { t } = useTranslation();
  const pill = isTooLate ? TOO_LATE : pillFor({ status }, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  return (
    <span className={`pill pill-${pill.tone}`}>
      <Icon name={pill.icon} className={pill.icon.startsWith("g-") ? "" : "i-s"} />
      {t(status === "ON_SALE" && !isTooLate ? "filter.ON_SALE" : pill.key)}
    </span>
  );
}
