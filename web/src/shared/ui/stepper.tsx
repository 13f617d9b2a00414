import { useTranslation } from "react-i18next";
import { Icon } from "./icon";

export function Stepper({
  value,
  min = 1,
  max,
  label,
  change,
}: {
  value: number;
  min?: number;
  max: number;
  label: string;
  change: (value: number) => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="stepper" role="group" aria-label={label}>
      <button
        type="button"
        aria-label={t("stepper.fewer")}
        disabled={value <= min}
        onClick={() => change(value - 1)}
      >
        <Icon name="minus" />
      </button>
      <output className="score" aria-label={label}>
        {value}
      </output>
      <button
        type="button"
        aria-label={t("stepper.more")}
        disabled={value >= max}
        onClick={() => change(value + 1)}
      >
        <Icon name="plus" />
      </button>
    </div>
  );
}
