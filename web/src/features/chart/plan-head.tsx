import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { Busy } from "@/shared/ui/states";
import { placesIn } from "./plan";
import type { Planning } from "./use-plan";

/** Whose chart it is and what it has; a step back or forth, and what keeps it. */
export function PlanHead({
  name,
  planning,
  isUnsaved,
  isSaving,
  save,
}: {
  name: string;
  planning: Planning;
  isUnsaved: boolean;
  isSaving: boolean;
  save: () => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { plan } = planning;
  return (
    <div className="org-head">
      <div className="min-w-0">
        <h1 className="shout">{t("plan.of", { name: name })}</h1>
        <p className="s13 muted num">
          {t("plan.sum", {
            count: plan.sections.length,
            places: format.number(plan.sections.reduce((sum, section) => sum + placesIn(section), 0)),
          })}
        </p>
      </div>
      <span className="grow" />
      {(["undo", "redo"] as const).map((way) => (
        <button
          key={way}
          type="button"
          className="icon-btn"
          aria-label={t(`plan.${way}`)}
          disabled={way === "undo" ? !planning.canUndo : !planning.canRedo}
          onClick={planning[way]}
        >
          <Icon name="undo" className={way === "redo" ? "plan-mirrored" : ""} />
        </button>
      ))}
      <button type="button" className="btn btn-flood" disabled={!isUnsaved || isSaving} onClick={save}>
        {isSaving ? <Busy>{t("plan.saving")}</Busy> : t("plan.save")}
      </button>
    </div>
  );
}
