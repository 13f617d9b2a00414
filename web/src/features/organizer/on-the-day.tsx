import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ArenaEvent, EventStatus } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { serverTime } from "@/shared/api/server-clock";
import { Icon } from "@/shared/ui/icon";
import { Note } from "@/shared/ui/states";
import { useMinute } from "@/shared/ui/use-now";
import { ownEventQuery, ownEventsKey, setStatus } from "./api";
import { Sure } from "./sure";

/** The two moves that nothing takes back: the event begins, and it is over. */
const NEXT: Partial<Record<EventStatus, "LIVE" | "COMPLETED">> = {
  SCHEDULED: "LIVE",
  ON_SALE: "LIVE",
  SOLD_OUT: "LIVE",
  PAUSED: "LIVE",
  LIVE: "COMPLETED",
};
const DAY_MS = 86_400_000;

export const isTheDay = (event: ArenaEvent, now: number): boolean =>
  event.status === "LIVE" || Date.parse(event.startTime) - now < DAY_MS;

/** Begins the event and ends it, each after a second word. Gates are open while it is on. */
export function OnTheDay({ event, always = false }: { event: ArenaEvent; always?: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [isAsked, setAsked] = useState(false);
  const now = serverTime(useMinute());
  const move = useMutation({
    mutationFn: (status: EventStatus) => setStatus(event.id, status),
    onSuccess: (moved) => client.setQueryData(ownEventQuery(event.id).queryKey, moved),
    onError: () => void client.invalidateQueries({ queryKey: ownEventQuery(event.id).queryKey }),
    onSettled: () => {
      setAsked(false);
      void client.invalidateQueries({ queryKey: ownEventsKey(event.organizationId) });
    },
  });
  const next = NEXT[event.status];
  if (next === undefined || !(always || isTheDay(event, now))) return null;
  return (
    <section className="card pad stack" aria-labelledby="on-the-day">
      <div className="row between flex-wrap">
        <div className="min-w-0">
          <h2 className="h3" id="on-the-day">
            {t("org.day.title")}
          </h2>
          <p className="s13 muted">{t(`org.day.now.${next}`)}</p>
        </div>
        {!isAsked && (
          <button type="button" className="btn btn-line" onClick={() => setAsked(true)}>
            <Icon name={next === "LIVE" ? "gate" : "check"} />
            {t(`org.day.${next}`)}
          </button>
        )}
      </div>
      {isAsked && (
        <Sure
          title={t("org.off.sure")}
          means={t(`org.day.means.${next}`)}
          words={t(`org.day.${next}`)}
          isBusy={move.isPending}
          act={() => move.mutate(next)}
          keep={() => setAsked(false)}
        />
      )}
      {move.isError && (
        <Note tone="no" title={t("org.day.failed")} live>
          <p>{t(codeOf(move.error) === "AUTH004" ? "org.sale.forbidden" : "org.sale.failedText")}</p>
        </Note>
      )}
    </section>
  );
}
