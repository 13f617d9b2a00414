import { useTranslation } from "react-i18next";
import type { ArenaEvent } from "../api/contract";
import { useFormat } from "../i18n/format";
import type { WordKey } from "../i18n/setup";
import { Icon, type IconName } from "./icon";

export const isFew = (free: number, of: number): boolean => free > 0 && (free < 30 || free < of * 0.03);

export interface PillWords {
  tone: "ok" | "warn" | "no" | "off" | "info";
  icon: IconName;
  key: Extract<WordKey, `status.${string}`>;
  left?: number;
}

/** What an event's pill says: shape, word, then colour. */
export function pillFor(event: Pick<ArenaEvent, "status">, free: number, capacity: number): PillWords {
  switch (event.status) {
    case "DRAFT":
      return { tone: "off", icon: "g-clock", key: "status.DRAFT" };
    case "SCHEDULED":
      return { tone: "off", icon: "g-clock", key: "status.SCHEDULED" };
    case "PAUSED":
      return { tone: "warn", icon: "pause", key: "status.PAUSED" };
    case "SOLD_OUT":
      return { tone: "off", icon: "g-none", key: "status.SOLD_OUT" };
    case "COMPLETED":
      return { tone: "off", icon: "check", key: "status.COMPLETED" };
    case "POSTPONED":
      return { tone: "warn", icon: "g-move", key: "status.POSTPONED" };
    case "CANCELLED":
      return { tone: "no", icon: "g-x", key: "status.CANCELLED" };
    default:
      if (free <= 0) return { tone: "warn", icon: "g-none", key: "status.allHeld" };
      if (isFew(free, capacity)) return { tone: "warn", icon: "g-half", key: "status.left", left: free };
      return {
        tone: "ok",
        icon: "g-full",
        key: event.status === "LIVE" ? "status.LIVE" : "status.available",
      };
  }
}

export const TOO_LATE: PillWords = { tone: "off", icon: "g-none", key: "status.tooLate" };

export function EventPill({
  event,
  free,
  isTooLate = false,
}: {
  event: Pick<ArenaEvent, "status" | "availability">;
  free?: number | undefined;
  isTooLate?: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const pill = isTooLate
    ? TOO_LATE
    : pillFor(event, free ?? event.availability.currentCapacity, event.availability.capacity);
  return (
    <span className={`pill num pill-${pill.tone}`}>
      <Icon name={pill.icon} className={pill.icon.startsWith("g-") ? "" : "i-s"} />
      {t(pill.key, pill.left === undefined ? {} : { n: format.number(pill.left) })}
    </span>
  );
}
