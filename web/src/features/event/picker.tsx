import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import type { PricePoint } from "@/shared/map/prices";
import { Icon } from "@/shared/ui/icon";
import { later, nearby } from "@/shared/ui/later";
import { PromoCode } from "@/shared/ui/promo-code";
import type { EventModel } from "./event-model";
import type { Offer } from "./offers";
import { PartySize } from "./party";
import { Swatch } from "./swatch";

// Only who picks places, or asks for some, needs them.
const Places = nearby(async () => (await import("./places")).Places);
const Proposals = later(async () => (await import("./proposals")).Proposals);
const SectionCard = nearby(async () => (await import("./section-card")).SectionCard);
const LevelNotes = later(async () => (await import("./level-notes")).LevelNotes);

/** What is chosen stands first; what could be chosen comes after. */
export function Picker({ model, isCompact = false }: { model: EventModel; isCompact?: boolean }) {
  const { offer, find, wish } = model;
  const isChosen = offer !== undefined || wish.picks.length > 0 || find.isOpen;
  return (
    <>
      {(model.question !== undefined || model.gone.length > 0) && (
        <Suspense fallback={null}>
          <LevelNotes model={model} />
        </Suspense>
      )}
      {wish.picks.length > 0 && (
        <Suspense fallback={null}>
          <Places model={model} />
        </Suspense>
      )}
      {find.isOpen && (
        <Suspense fallback={<div className="sk h-32" aria-busy="true" />}>
          <Proposals model={model} />
        </Suspense>
      )}
      {offer !== undefined && (
        <Suspense fallback={null}>
          <SectionCard model={model} offer={offer} />
        </Suspense>
      )}
      {/* With one price level the stepper is beside the button, until something is picked. */}
      {!(isCompact && model.levels.length < 2 && wish.picks.length === 0) && <PartySize model={model} />}
      <div className="grid gap-2.5">
        {/* On a phone's map they are above it. */}
        {!isCompact && <Prices model={model} />}
        <AccessibleSwitch model={model} />
        <PromoCode code={model.promoCode} change={model.setPromoCode} />
        <PromoOffer model={model} />
      </div>
      {!isChosen && <GoodNow offers={model.good} quantity={model.party} choose={model.choose} />}
    </>
  );
}

/** What the code takes off, as far as it can be known before anything is held. */
function PromoOffer({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { promo, promoCode, event } = model;
  if (promoCode === null || promo === undefined) return null;
  if (promo === null) return <p className="s13 text-warn b">{t("promoOffer.unknown")}</p>;
  if (promo.value === 0) return null;
  return (
    <p className="s13 muted num">
      {t("promoOffer.offer", {
        off:
          promo.kind === "PERCENT"
            ? format.percent(promo.value * 100)
            : format.money(promo.value, event.currency),
      })}
    </p>
  );
}

function Prices({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  return (
    <>
      <div className="row between min-h-9">
        <h2 className="h3">{t("price.title")}</h2>
        {model.price !== null && (
          <button type="button" className="btn btn-quiet btn-sm -mr-3" onClick={() => model.setPrice(null)}>
            {t("action.clear")}
          </button>
        )}
      </div>
      <PriceChips points={model.prices} price={model.price} choose={model.setPrice} />
    </>
  );
}

/** A legend that is a filter. */
export function PriceChips({
  points,
  price,
  choose,
  className = "chips",
}: {
  points: readonly PricePoint[];
  price: number | null;
  choose: (total: number | null) => void;
  className?: string;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className={className} role="group" aria-label={t("price.label")}>
      {points.map((point) => (
        <button
          key={point.total}
          type="button"
          className="chip num"
          aria-pressed={price === point.total}
          onClick={() => choose(price === point.total ? null : point.total)}
        >
          <span className="sw" style={{ background: `var(--p${point.rank})` }} />
          {format.price(point.total, point.currency)}
        </button>
      ))}
    </div>
  );
}

/** Wheelchair and companion places: nobody else is offered them, so they are asked for. */
export function AccessibleSwitch({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  const places = model.offers.reduce((sum, offer) => sum + offer.kept, 0);
  if (places === 0) return null;
  return (
    <button
      type="button"
      role="switch"
      aria-checked={model.isAccessible}
      className="switch-row"
      onClick={() => model.setAccessible(!model.isAccessible)}
    >
      <span className="grow text-left">
        {t("accessible.label")}{" "}
        <span className="s13 muted block num">
          {t("accessible.count", { count: model.keptFree ?? places })}
        </span>
      </span>
      <span className="switch" aria-hidden="true" />
    </button>
  );
}

/** Sections that seat the whole party now, as one-tap choices. */
function GoodNow({
  offers,
  quantity,
  choose,
}: {
  offers: readonly Offer[];
  quantity: number;
  choose: (sectionId: string) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  if (offers.length === 0) return <p className="muted">{t("good.none", { count: quantity })}</p>;
  return (
    <div>
      <h2 className="h3">{t("good.title", { count: quantity })}</h2>
      <ul className="good">
        {offers.slice(0, 4).map((offer) => (
          <li key={offer.section.id}>
            <button type="button" onClick={() => choose(offer.section.id)}>
              <Swatch offer={offer} />
              <span className="num wrap-anywhere">
                <b>{offer.section.name}</b>{" "}
                <span className="muted">
                  {t("section.free", { count: offer.free ?? 0, n: format.number(offer.free ?? 0) })}
                </span>
              </span>
              <b className="num">
                {offer.from !== undefined && format.price(offer.from, offer.currency ?? "EUR")}
              </b>
              <Icon name="right" className="i-s" />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
