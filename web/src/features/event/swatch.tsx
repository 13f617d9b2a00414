import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import { isFew } from "@/shared/ui/event-pill";
import { Icon } from "@/shared/ui/icon";
import { freeWords, type Offer } from "./offers";

export function Swatch({ offer }: { offer: Offer }) {
  if (offer.free === 0 || offer.rank === undefined) return <span className="sw sw-sold" />;
  return <span className="sw" style={{ background: `var(--p${offer.rank})` }} />;
}

export function FreePill({ offer }: { offer: Offer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { free } = offer;
  if (free === undefined) return <span className="sk h-[26px] w-[84px] rounded-full" />;
  if (free === 0)
    return (
      <span className="pill pill-off">
        <Icon name="g-none" />
        {t("status.SOLD_OUT")}
      </span>
    );
  const few = isFew(free, offer.capacity);
  return (
    <span className={`pill num ${few ? "pill-warn" : "pill-ok"}`}>
      <Icon name={few ? "g-half" : "g-full"} />
      {few && freeWords(offer) === "section.free"
        ? t("status.left", { n: format.number(free) })
        : t(freeWords(offer), { count: free, n: format.number(free) })}
    </span>
  );
}
