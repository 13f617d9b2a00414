import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { OrderResponse } from "@/shared/api/contract";
import { minutesAndSeconds } from "@/shared/ui/duration";
import { Icon } from "@/shared/ui/icon";
import { useNow } from "@/shared/ui/use-now";
import { type Deadline, leftOf, spokenMark, urgencyOf } from "./clock";

const CIRCLE = 75.4;

/** Plain over five minutes, amber under five, red with a stop sign under one. Spoken at 5:00, 1:00 and 0:30. */
export function Countdown({ order, deadline }: { order: OrderResponse; deadline: Deadline }) {
  const { t } = useTranslation();
  const left = leftOf(deadline, useNow());
  const urgency = urgencyOf(left);
  const whole = Date.parse(order.expiresAt) - Date.parse(order.createdAt);
  const share = whole > 0 ? Math.min(1, left / whole) : 0;
  const words = minutesAndSeconds(left);
  const seconds = Math.ceil(left / 1000);
  const label = t("clock.label", {
    minutes: t("clock.minutes", { count: Math.floor(seconds / 60) }),
    seconds: t("clock.seconds", { count: seconds % 60 }),
  });
  return (
    <>
      <span className={`clock clock-${urgency}`} role="timer" aria-label={label}>
        {urgency === "no" ? (
          <Icon name="stop" />
        ) : (
          <svg viewBox="0 0 30 30" fill="none" aria-hidden="true">
            <circle cx="15" cy="15" r="12" stroke="currentColor" strokeOpacity=".25" strokeWidth="4" />
            <circle
              cx="15"
              cy="15"
              r="12"
              stroke="currentColor"
              strokeWidth="4"
              strokeLinecap="round"
              strokeDasharray={`${share * CIRCLE} ${CIRCLE}`}
              transform="rotate(-90 15 15)"
            />
          </svg>
        )}
        <span className="score">{words}</span>
        <span className="only-d">{t("clock.toPay")}</span>
      </span>
      <Speaker key={order.expiresAt} left={left} />
    </>
  );
}

// Speaks only when a mark is passed while the page is open; a new deadline starts it afresh.
function Speaker({ left }: { left: number }) {
  const { t } = useTranslation();
  const mark = spokenMark(left);
  const [first] = useState(mark);
  return (
    <span className="sr" role="status" aria-live="assertive">
      {mark !== null && mark !== first && t(`clock.spoken.${mark}`)}
    </span>
  );
}
