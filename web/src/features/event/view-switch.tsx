import { useTranslation } from "react-i18next";
import { Icon } from "@/shared/ui/icon";

export type EventViewName = "map" | "list";

export function ViewSwitch({
  view,
  change,
  compact = false,
}: {
  view: EventViewName;
  change: (view: EventViewName) => void;
  compact?: boolean;
}) {
  const { t } = useTranslation();
  return (
    <div className="seg" role="group" aria-label={t("view.label")}>
      {(["map", "list"] as const).map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={view === name}
          aria-label={t(`view.${name}`)}
          onClick={() => change(name)}
        >
          <Icon name={name} className="i-s" />
          {!compact && t(`view.${name}`)}
        </button>
      ))}
    </div>
  );
}
