import { useTranslation } from "react-i18next";
import { ApiError } from "@/shared/api/errors";
import { ErrorCode, Note } from "@/shared/ui/states";
import type { Offer } from "./offers";

const KNOWN = {
  EVENT003: "EVENT003",
  ORDER003: "ORDER003",
  QUEUE001: "QUEUE001",
  RATE001: "RATE001",
  SYS002: "SYS002",
  NETWORK: "NETWORK",
  TIMEOUT: "NETWORK",
} as const;
const isKnown = (code: string): code is keyof typeof KNOWN => code in KNOWN;

/** What happened to the wish, what it cost, and what is still to be had. */
export function HoldRefusal({
  error,
  offer,
  quantity,
  accessible,
  take,
  dropCode,
}: {
  error: unknown;
  offer: Offer | undefined;
  quantity: number;
  accessible: boolean;
  take: (quantity: number) => void;
  dropCode: () => void;
}) {
  const { t } = useTranslation();
  if (!(error instanceof ApiError)) return null;
  if (error.code === "EVENT002" || error.code === "SEAT001") {
    const free = offer?.free ?? 0;
    const name = offer?.section.name ?? "";
    if (!accessible && free >= quantity && free - (offer?.kept ?? 0) < quantity)
      return (
        <Note tone="no" title={t("hold.wheelchair.title", { section: name })} live>
          <p>{t("hold.wheelchair.text")}</p>
        </Note>
      );
    return (
      <Note tone="no" title={t("hold.taken", { count: quantity, section: name })} live>
        <p>
          {free > 0
            ? t("hold.stillFree", { count: free, section: name })
            : t("hold.noneFree", { section: name })}
        </p>
        {free > 0 && free < quantity && (
          <button type="button" className="btn btn-solid btn-sm mt-2" onClick={() => take(free)}>
            {t("hold.take", { count: free })}
          </button>
        )}
      </Note>
    );
  }
  if (error.code === "PROMO001")
    return (
      <Note tone="no" title={t("refusal.PROMO001.title")} live>
        <p>{t("refusal.PROMO001.text")}</p>
        <button type="button" className="btn btn-solid btn-sm mt-2" onClick={dropCode}>
          {t("promo.drop")}
        </button>
      </Note>
    );
  const key = isKnown(error.code) ? KNOWN[error.code] : undefined;
  return (
    <Note tone={error.status === 0 ? "off" : "no"} title={t(`refusal.${key ?? "other"}.title`)} live>
      <p>{t(`refusal.${key ?? "other"}.text`, { seconds: error.retryAfterSeconds ?? 30 })}</p>
      {key === undefined && <ErrorCode error={error} />}
    </Note>
  );
}
