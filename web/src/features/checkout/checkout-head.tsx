import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Icon } from "@/shared/ui/icon";
import type { Stage } from "./stage";

/** The checkout's own header: the way so far, and the clock or the lock. No other way out distracts. */
export function CheckoutHead({
  eventId,
  stage,
  children,
}: {
  eventId: string | undefined;
  stage: Stage | null;
  children?: ReactNode;
}) {
  const { t } = useTranslation();
  const isPaying = stage === "pay" || stage === "ending";
  return (
    <header className="ctop">
      <Link
        className="icon-btn only-m"
        to={eventId === undefined ? "/" : `/events/${eventId}`}
        aria-label={t("action.back")}
      >
        <Icon name="left" className="i-l" />
      </Link>
      <Link className="logo only-d" to="/">
        <Icon name="logo" />
        ArenaPulse
      </Link>
      {isPaying ? (
        <ol className="steps grow only-d" aria-label={t("steps.label")}>
          <li>{t("steps.places")}</li>
          <li aria-current="step">{t("steps.pay")}</li>
          <li>{t("steps.done")}</li>
        </ol>
      ) : (
        <span className="grow only-d" />
      )}
      <b className="grow only-m">{t("checkout.title")}</b>
      {children}
      {(stage === "processing" || stage === "action") && (
        <span className="row muted s13">
          <Icon name="lock" className="i-s" />
          {t("checkout.locked")}
        </span>
      )}
      {stage === "confirmed" && (
        <span className="row s13 b text-ok">
          <Icon name="check" className="i-s" />
          {t("checkout.paid")}
        </span>
      )}
    </header>
  );
}
