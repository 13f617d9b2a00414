import type { TFunction } from "i18next";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/format";
import type { StreamStatus } from "../realtime/stream";
import { useClock } from "./use-now";

/** What says how old a number is, each time anew: the mark alone is drawn again, not the page around it. */
export interface Live {
  watch: (changed: () => void) => () => void;
  read: () => StreamStatus;
}

/** Live, Delayed or Offline, always with the age of the number. Late numbers are never hidden behind a spinner. */
export function LiveMark({ live, lead }: { live: Live; lead?: string | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { state, at } = useSyncExternalStore(live.watch, live.read);
  const age = useClock((now) => (at === null ? null : steady(Math.max(0, Math.round((now - at) / 1000)))));
  const words =
    at === null || age === null
      ? t("live.waiting")
      : state === "off"
        ? t("live.showing", { time: format.clock(at) })
        : t("live.updated", { age: ageWords(t, age) });
  return (
    <span className="live" data-s={state === "live" ? undefined : state}>
      <span className="d" aria-hidden="true" />
      <span>
        <b>{lead ?? t(`live.${state}`)}</b>
        {lead !== undefined && state !== "live" && <b> · {t(`live.${state}`)}</b>}
        <span className="u"> {words}</span>
      </span>
    </span>
  );
}

const STEP = 5;
/** By five seconds, later by minutes: what says another thing each second keeps a phone busy for nothing. */
const steady = (seconds: number): number => seconds - (seconds % (seconds < 60 ? STEP : 60));

export function ageWords(t: TFunction, seconds: number): string {
  if (seconds < 2) return t("age.now");
  if (seconds < 60) return t("age.seconds", { n: seconds });
  if (seconds < 3600) return t("age.minutes", { n: Math.floor(seconds / 60) });
  return t("age.hours", { n: Math.floor(seconds / 3600) });
}
