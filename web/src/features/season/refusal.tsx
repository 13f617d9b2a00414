import { useTranslation } from "react-i18next";
import type { SeasonOffer } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { ErrorCode, Note } from "@/shared/ui/states";

const KNOWN = {
  SEAT001: "gone",
  EVENT002: "gone",
  EVENT003: "closed",
  ORDER003: "many",
  ORDER005: "dates",
  RATE001: "busy",
  SYS002: "busy",
  NETWORK: "network",
  TIMEOUT: "network",
} as const;
const isKnown = (code: string): code is keyof typeof KNOWN => code in KNOWN;

/** Why nothing was held, and at which date. */
export function SeasonRefusal({
  error,
  season,
  timezone,
}: {
  error: unknown;
  season: SeasonOffer;
  timezone: string | undefined;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!(error instanceof ApiError)) return null;
  const key = isKnown(error.code) ? KNOWN[error.code] : "other";
  const { eventId } = (error.told ?? {}) as { eventId?: string };
  const date = season.dates.find((each) => each.eventId === eventId);
  return (
    <Note
      tone={key === "network" ? "off" : "no"}
      title={t(`season.refused.${key}.title`)}
      lead={date ? t("season.refused.at", { date: format.when(date.startTime, timezone) }) : ""}
      live
    >
      <p>{t(`season.refused.${key}.text`, { seconds: error.retryAfterSeconds ?? 30 })}</p>
      {key === "other" && <ErrorCode error={error} />}
    </Note>
  );
}
