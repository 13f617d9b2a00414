import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import { totalOf } from "@/shared/map/prices";
import { Icon } from "@/shared/ui/icon";
import { Busy } from "@/shared/ui/states";
import type { Choice } from "./choice";
import type { Offer } from "./offers";

/** The one yellow button: holds what is chosen, or finds something to choose. */
export function HoldBar({
  offer,
  choice,
  suggestion,
  isHolding,
  holdSeconds,
  hold,
  choose,
  beside,
  below,
}: {
  offer: Offer | undefined;
  choice: Choice;
  suggestion: Offer | undefined;
  isHolding: boolean;
  holdSeconds: number;
  hold: () => void;
  choose: (sectionId: string) => void;
  /** What stands left of the button on a phone: the stepper. */
  beside?: ReactNode;
  /** What shares the last line on a phone: the promo code. */
  below?: ReactNode;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const tier = offer?.tiers.find((each) => each.priceLevel === choice.priceLevel);
  if (offer === undefined || tier === undefined) {
    return (
      <>
        <div className="row gap-2.5">
          {beside}
          <button
            type="button"
            className="btn btn-flood btn-lg grow px-3!"
            disabled={suggestion === undefined}
            onClick={() => suggestion && choose(suggestion.section.id)}
          >
            <Icon name="best" />
            {t("hold.find", { count: choice.quantity })}
          </button>
        </div>
        <Words below={below}>{t("hold.orPick")}</Words>
      </>
    );
  }
  const total = format.money(totalOf(tier) * choice.quantity, tier.currency);
  const held = { count: Math.max(1, Math.round(holdSeconds / 60)) };
  const promise = choice.promoCode === null ? t("hold.promise", held) : t("hold.promiseCode", held);
  const short = offer.free !== undefined && offer.free < choice.quantity;
  return (
    <>
      <div className="row gap-2.5">
        {beside}
        <button
          type="button"
          className="btn btn-flood btn-lg grow num px-3! max-lg:text-[15px]! whitespace-normal leading-tight"
          aria-busy={isHolding}
          disabled={short}
          onClick={hold}
        >
          {isHolding ? <Busy>{t("hold.holding")}</Busy> : t("hold.hold", { count: choice.quantity, total })}
        </button>
      </div>
      <Words below={below}>
        {short ? t("hold.short", { count: offer.free ?? 0, section: offer.section.name }) : promise}
      </Words>
    </>
  );
}

function Words({ below, children }: { below: ReactNode; children: string }) {
  if (below === undefined) return <p className="s13 muted text-center">{children}</p>;
  return (
    <div className="row flex-wrap">
      <p className="s13 muted grow">{children}</p>
      {below}
    </div>
  );
}
