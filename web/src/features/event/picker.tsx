import { useTranslation } from "react-i18next";
import type { PricingTier } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { type PricePoint, totalOf } from "@/shared/map/prices";
import { Icon } from "@/shared/ui/icon";
import { Stepper } from "@/shared/ui/stepper";
import type { Offer } from "./offers";
import { FreePill, Swatch } from "./section-list";

export function PartySize({
  value,
  max,
  change,
}: {
  value: number;
  max: number;
  change: (value: number) => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="row between">
      <div>
        <h2 className="h3">{t("party.title")}</h2>
        <p className="s13 muted">{t("party.limit", { count: max })}</p>
      </div>
      <Stepper value={value} max={max} label={t("party.label")} change={change} />
    </div>
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

/** Sections that seat the whole party now, as one-tap choices. */
export function GoodNow({
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
              <span className="trunc num">
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

/** The chosen section: where it is, what is free, and its price levels. */
export function ChosenSection({
  offer,
  priceLevel,
  choose,
  clear,
  accessible,
  setAccessible,
  compact = false,
}: {
  offer: Offer;
  priceLevel: string | null;
  choose: (priceLevel: string) => void;
  clear: () => void;
  accessible: boolean;
  setAccessible: (accessible: boolean) => void;
  /** In the phone's sheet every line costs the map a line. */
  compact?: boolean;
}) {
  const { t } = useTranslation();
  const { section } = offer;
  const details = [
    t(`section.kind.${section.kind}`),
    ...(section.gate ? [t("section.gate", { gate: section.gate })] : []),
  ];
  return (
    <div className="stack">
      <div className="row flex-wrap">
        <span className="yours num">
          <span className="trunc">{section.name}</span>
          <button
            type="button"
            className="icon-btn"
            aria-label={t("section.clear", { section: section.name })}
            onClick={clear}
          >
            <Icon name="x" className="i-s" />
          </button>
        </span>
        <FreePill offer={offer} />
      </div>
      <p className="s13 muted">
        {details.join(" · ")}
        {section.kind === "SEATED" && ` · ${t("section.best")}`}
      </p>
      {offer.kept > 0 && (
        <button
          type="button"
          className="chip self-start"
          aria-pressed={accessible}
          onClick={() => setAccessible(!accessible)}
        >
          {t("section.wheelchair")}
        </button>
      )}
      {compact ? (
        <LevelChips offer={offer} priceLevel={priceLevel} choose={choose} />
      ) : (
        <div className="stack gap-2" role="radiogroup" aria-label={t("price.level")}>
          {offer.tiers.map((tier) => (
            <PriceLevel
              key={tier.priceLevel}
              tier={tier}
              checked={tier.priceLevel === priceLevel}
              choose={choose}
            />
          ))}
        </div>
      )}
    </div>
  );
}

function PriceLevel({
  tier,
  checked,
  choose,
}: {
  tier: PricingTier;
  checked: boolean;
  choose: (priceLevel: string) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <label className="opt">
      <input
        type="radio"
        className="radio-in"
        name="price-level"
        checked={checked}
        onChange={() => choose(tier.priceLevel)}
      />
      <span className="min-w-0">
        <b className="trunc block">{tier.name}</b>
        <span className="s13 muted">
          {tier.fee > 0 ? t("price.fee", { fee: format.money(tier.fee, tier.currency) }) : t("price.noFee")}
        </span>
      </span>
      <span className="score text-[20px]">{format.money(totalOf(tier), tier.currency)}</span>
    </label>
  );
}

function LevelChips({
  offer,
  priceLevel,
  choose,
}: {
  offer: Offer;
  priceLevel: string | null;
  choose: (priceLevel: string) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="chips chips-scroll" role="group" aria-label={t("price.level")}>
      {offer.tiers.map((tier) => (
        <button
          key={tier.priceLevel}
          type="button"
          className="chip num"
          aria-pressed={tier.priceLevel === priceLevel}
          onClick={() => choose(tier.priceLevel)}
        >
          {tier.name} <b>{format.money(totalOf(tier), tier.currency)}</b>
        </button>
      ))}
    </div>
  );
}
