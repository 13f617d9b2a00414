import { useTranslation } from "react-i18next";
import { ApiError } from "../api/errors";
import { ErrorCode, Note } from "./states";

const WORDS = ["AUTH001", "AUTH005", "AUTH006", "RATE001", "SYS002"] as const;

/** The refusal that belongs to no single field, in words. */
export function FormError({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (!(error instanceof ApiError)) return null;
  // Fields carry their own sentences.
  if (error.code === "VALIDATION001" && error.details.length > 0) return null;
  const key = error.status === 0 ? "NETWORK" : (WORDS.find((code) => code === error.code) ?? "other");
  return (
    <Note tone={key === "NETWORK" ? "off" : "no"} title={t(`auth.error.${key}.title`)} live>
      <p>{t(`auth.error.${key}.text`, { count: error.retryAfterSeconds ?? 60 })}</p>
      {key === "other" && <ErrorCode error={error} />}
    </Note>
  );
}
