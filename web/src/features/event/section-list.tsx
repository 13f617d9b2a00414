import { memo } from "react";
import { useTranslation } from "react-i18next";
import { groupBy } from "@/shared/group-by";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { useStable } from "@/shared/ui/use-stable";
import type { EventModel } from "./event-model";
import type { Offer } from "./offers";
import { SeatRows } from "./seat-rows";
import { FreePill, Swatch } from "./swatch";

/** The map's equal: every section in words, cheap to dear; the chosen one with its rows and their seats. */
export function SectionList({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  const { offers, price, isAccessible } = model;
  const shown = offers.filter(
    (offer) => (price === null || offer.from === price) && (!isAccessible || offer.kept > 0),
  );
  const groups = groupBy(
    [...shown].sort((a, b) => (a.from ?? Number.MAX_SAFE_INTEGER) - (b.from ?? Number.MAX_SAFE_INTEGER)),
    (offer) => offer.tiers[0]?.name ?? t("section.noPrice"),
  );
  const choose = useStable((sectionId: string) =>
    model.choose(model.offer?.section.id === sectionId ? null : sectionId),
  );
  return (
    <section className="lv" aria-label={t("list.label")}>
      {[...groups].map(([name, group]) => (
        <div key={name}>
          <h3>{name}</h3>
          <ul>
            {group.map((offer) => {
              const isChosen = offer === model.offer;
              return (
                <li key={offer.section.id}>
                  <SectionRow offer={offer} pressed={isChosen} choose={choose} />
                  {isChosen && model.sales.open && offer.section.kind === "SEATED" && (
                    <SeatRows model={model} sectionId={offer.section.id} />
                  )}
                </li>
              );
            })}
          </ul>
        </div>
      ))}
    </section>
  );
}

const SectionRow = memo(function SectionRow({
  offer,
  pressed,
  choose,
}: {
  offer: Offer;
  pressed: boolean;
  choose: (sectionId: string) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { section, free } = offer;
  const sold = free === 0;
  return (
    <button
      type="button"
      aria-pressed={pressed}
      className={sold ? "off" : ""}
      onClick={() => choose(section.id)}
    >
      <Swatch offer={offer} />
      <span className="min-w-0">
        <b className="num block wrap-anywhere">{section.name}</b>
        <span className="s13 muted block wrap-anywhere">
          {section.gate && t("section.gate", { gate: section.gate })}
          {section.gate && <span className="only-d"> · </span>}
          <span className={section.gate ? "only-d" : ""}>{t(`section.kind.${section.kind}`)}</span>
        </span>
      </span>
      <FreePill offer={offer} />
      <span className="price score">
        {!sold && offer.from !== undefined && format.price(offer.from, offer.currency ?? "EUR")}
      </span>
      {pressed && <Icon name="check" />}
    </button>
  );
});
