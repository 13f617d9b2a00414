import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import { totalOf } from "@/shared/map/prices";
import { Icon } from "@/shared/ui/icon";
import type { EventModel } from "./event-model";
import type { Offer } from "./offers";
import { FreePill, Swatch } from "./swatch";

/** The chosen section: where it is, what is free, what it costs at each level. */
export function SectionCard({ model, offer }: { model: EventModel; offer: Offer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { section } = offer;
  const isSeated = section.kind === "SEATED";
  const details = [
    section.level,
    t(`section.kind.${section.kind}`),
    section.gate && t("section.gate", { gate: section.gate }),
  ].filter(Boolean);
  return (
    <div className="stack gap-2">
      <div className="row flex-wrap">
        <Swatch offer={offer} />
        <h2 className="h3 num wrap-anywhere">{section.name}</h2>
        <FreePill offer={offer} />
        <span className="grow" />
        <button
          type="button"
          className="icon-btn -my-2"
          aria-label={t("section.clear", { section: section.name })}
          onClick={() => model.choose(null)}
        >
          <Icon name="x" className="i-s" />
        </button>
      </div>
      <p className="s13 muted">{details.join(" · ")}</p>
      {section.view && (
        <p className="s13 row text-warn b">
          <Icon name="alert" className="i-s" />
          {section.view}
        </p>
      )}
      <ul className="prices-of num">
        {offer.tiers.map((tier) => (
          <li className="row between" key={tier.priceLevel}>
            <span className="wrap-anywhere">
              {tier.name}{" "}
              <span className="s13 muted">
                {tier.fee > 0
                  ? t("price.fee", { fee: format.money(tier.fee, tier.currency) })
                  : t("price.noFee")}
              </span>
            </span>
            <b className="score text-[20px]">{format.money(totalOf(tier), tier.currency)}</b>
          </li>
        ))}
      </ul>
      {model.sales.open &&
        !isSeated &&
        model.wish.picks.length > 0 &&
        model.wish.picks.length < model.party &&
        model.question === undefined && (
          <button type="button" className="btn btn-line" onClick={() => model.addStanding(section.id)}>
            <Icon name="plus" className="i-s" />
            {t("section.add", { count: model.party - model.wish.picks.length })}
          </button>
        )}
    </div>
  );
}
