import { useTranslation } from "react-i18next";
import { Icon } from "@/shared/ui/icon";

/** What the signs mean: of sections while they are seen, of seats once those are. */
export function MapLegend({ isOpen }: { isOpen: boolean }) {
  const { t } = useTranslation();
  if (!isOpen)
    return (
      <div className="under legend only-d">
        <span>
          <span className="sw" style={{ background: "var(--p4)" }} />
          {t("legend.price")}
        </span>
        <span className="text-ink-2">
          <span className="text-warn">
            <Icon name="g-half" />
          </span>
          {t("legend.few")}
        </span>
        <span>
          <span className="sw sw-sold" />
          {t("status.SOLD_OUT")}
        </span>
        <span>
          <span className="sw" style={{ background: "var(--inverse)" }} />
          {t("legend.gate")}
        </span>
      </div>
    );
  return (
    <div className="under legend">
      <span>
        <svg viewBox="0 0 18 18" aria-hidden="true">
          <rect x="2" y="2" width="14" height="14" rx="4.5" style={{ fill: "var(--p4)" }} />
        </svg>
        {t("legend.free")}
      </span>
      <span>
        <svg viewBox="0 0 18 18" aria-hidden="true">
          <rect
            x="1.5"
            y="1.5"
            width="15"
            height="15"
            rx="5"
            style={{ fill: "var(--flood)", stroke: "var(--on-flood)" }}
            strokeWidth="1.5"
          />
          <path d="m5 9.5 2.6 2.7L13 6.5" fill="none" style={{ stroke: "var(--on-flood)" }} strokeWidth="2" />
        </svg>
        {t("legend.yours")}
      </span>
      <span>
        <svg viewBox="0 0 18 18" aria-hidden="true">
          <rect
            x="3"
            y="3"
            width="12"
            height="12"
            rx="4"
            fill="none"
            style={{ stroke: "var(--seat-held)" }}
            strokeWidth="1.6"
            strokeDasharray="3 2.4"
          />
        </svg>
        {t("legend.held")}
      </span>
      <span>
        <svg viewBox="0 0 18 18" aria-hidden="true">
          <circle cx="9" cy="9" r="4" style={{ fill: "var(--seat-sold)" }} />
        </svg>
        {t("legend.sold")}
      </span>
      <span className="only-d">
        <svg viewBox="0 0 18 18" aria-hidden="true">
          <circle cx="9" cy="9" r="7.5" style={{ fill: "var(--p2)", stroke: "var(--p2-on)" }} />
        </svg>
        {t("legend.wheelchair")}
      </span>
      <span className="only-d">
        <svg viewBox="0 0 18 18" aria-hidden="true">
          <path d="M2 2h9l5 5v9H2z" style={{ fill: "var(--p4)" }} />
        </svg>
        {t("legend.limited")}
      </span>
    </div>
  );
}
