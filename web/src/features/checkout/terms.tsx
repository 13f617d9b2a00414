import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ArenaEvent } from "@/shared/api/contract";
import { refundTiersQuery } from "@/shared/api/refund-rules";
import { serverTime } from "@/shared/api/server-clock";
import { useFormat } from "@/shared/i18n/format";

const HOUR_MS = 3_600_000;

interface TermsProps {
  event: ArenaEvent;
  timezone: string | undefined;
  /** The event is the first of several dates that are paid together. */
  isFirst?: boolean;
}

/** What is agreed to by paying: what of the price still comes back, and until when. Nothing while that is not known. */
export function Terms({ event, timezone, isFirst = false }: TermsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const tiers = useQuery(refundTiersQuery(event.id)).data;
  if (tiers === undefined) return null;
  const start = Date.parse(event.startTime);
  const now = serverTime(Date.now());
  const rules = [...tiers]
    .filter(({ percent, hoursBefore }) => percent > 0 && start - hoursBefore * HOUR_MS > now)
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
      {isFirst && ` ${t("terms.first")}`}
    </p>
  );
}
