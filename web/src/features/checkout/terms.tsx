import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ArenaEvent } from "@/shared/api/contract";
import { refundTiersQuery } from "@/shared/api/refund-rules";
import { useFormat } from "@/shared/i18n/format";

const HOUR_MS = 3_600_000;

/** What is agreed to by paying: what of the price comes back, and until when. Nothing while that is not known. */
export function Terms({ event, timezone }: { event: ArenaEvent; timezone: string | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const tiers = useQuery(refundTiersQuery(event.id)).data;
  if (tiers === undefined) return null;
  const start = Date.parse(event.startTime);
  const rules = [...tiers]
    .filter(({ percent }) => percent > 0)
    .sort((a, b) => b.hoursBefore - a.hoursBefore)
    .map(({ hoursBefore, percent }) =>
      t("terms.rule", {
        share: format.percent(percent * 100),
        when: format.when(new Date(start - hoursBefore * HOUR_MS).toISOString(), timezone),
      }),
    );
  return (
    <p className="s13 muted text-center num">
      {rules.length === 0 ? t("terms.none") : t("terms.some", { rules: rules.join(", ") })}
    </p>
  );
}
