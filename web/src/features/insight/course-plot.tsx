import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import { Plot } from "@/shared/plot/plot";

/** Two sales beside each other, as lines; the table below says the same to who cannot see them. */
export function CoursePlot({
  hours,
  own,
  beside,
}: {
  /** Before the start, the earliest first. */
  hours: readonly number[];
  own: readonly number[];
  beside: readonly number[] | null;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const [key, ...values] = [hours, own, beside].map((each) => JSON.stringify(each));
  // biome-ignore lint/correctness/useExhaustiveDependencies: lists that say the same are the same plot
  const drawn = useMemo(
    () => ({
      at: hours.map((before) => -before),
      lines: [
        { values: own, form: "line" as const },
        ...(beside === null ? [] : [{ values: beside, form: "dashed" as const }]),
      ],
    }),
    [key, ...values],
  );
  const label = useCallback(
    (at: number) => t("insight.hours", { n: format.number(Math.abs(at)) }),
    [t, format],
  );
  return (
    <Plot {...drawn} isTime={false} step={0} height={180} formatAt={label} formatValue={format.number} />
  );
}

/** Which of the two lines is whose: told by its form as well as by its colour. */
export function CourseKey({ isBeside, name }: { isBeside: boolean; name: string }) {
  return (
    <span className="row s13">
      <svg className="org-course-key" viewBox="0 0 32 8" aria-hidden="true">
        <polyline className={isBeside ? "beside" : ""} points="0,4 32,4" />
      </svg>
      <span className="wrap-anywhere">{name}</span>
    </span>
  );
}
