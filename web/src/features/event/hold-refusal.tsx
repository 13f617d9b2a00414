import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/shared/api/errors";
import { useSession } from "@/shared/api/session";
import { wait } from "@/shared/i18n/format";
import { later } from "@/shared/ui/later";
import { ErrorCode, Note } from "@/shared/ui/states";
import type { EventModel } from "./event-model";

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

// Where there is a way on beside asking again, which came with an answer of the server: so this one comes, too.
const WayOn = later(async () => (await import("./hold-clash")).HoldClash);
const HAS_WAY_ON = ["SEAT001", "EVENT002", "PROMO001"];
const USUAL_WAIT_SECONDS = 30;

/** Whether asking for the same again would be the lesser of two ways on. */
export const hasWayOn = (error: unknown, isVisitor: boolean): boolean =>
  error instanceof ApiError && (HAS_WAY_ON.includes(error.code) || (error.code === "RATE001" && isVisitor));

/** What happened to the wish, what it cost, and what is still to be had. */
export function HoldRefusal({ model }: { model: EventModel }) {
  const { t, i18n } = useTranslation();
  const isVisitor = useSession((session) => session.status === "visitor");
  const error = model.hold.refusal;
  if (!(error instanceof ApiError)) return null;
  if (hasWayOn(error, isVisitor))
    return (
      <Suspense fallback={null}>
        <WayOn model={model} error={error} />
      </Suspense>
    );
  const key = isKnown(error.code) ? KNOWN[error.code] : undefined;
  return (
    <Note tone={error.status === 0 ? "off" : "no"} title={t(`refusal.${key ?? "other"}.title`)} live>
      <p>
        {t(`refusal.${key ?? "other"}.text`, {
          wait: wait(error.retryAfterSeconds ?? USUAL_WAIT_SECONDS, i18n.language),
        })}
      </p>
      {key === undefined && <ErrorCode error={error} />}
    </Note>
  );
}
