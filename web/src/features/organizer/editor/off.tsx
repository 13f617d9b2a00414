import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ArenaEvent, EventStatus } from "@/shared/api/contract";
import { Note } from "@/shared/ui/states";
import { ownEventQuery, setStatus } from "../api";
import { Sure } from "../sure";

const OFF: Partial<Record<EventStatus, EventStatus[]>> = {
  DRAFT: ["CANCELLED"],
  SCHEDULED: ["POSTPONED", "CANCELLED"],
  ON_SALE: ["POSTPONED", "CANCELLED"],
  SOLD_OUT: ["POSTPONED", "CANCELLED"],
  PAUSED: ["POSTPONED", "CANCELLED"],
  LIVE: ["POSTPONED", "CANCELLED"],
  POSTPONED: ["SCHEDULED", "CANCELLED"],
};

/** Postponing and cancelling: said twice, for a cancelled event never comes back and everybody is refunded. */
export function CallOff({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [asked, setAsked] = useState<EventStatus | null>(null);
  const move = useMutation({
    mutationFn: (status: EventStatus) => setStatus(event.id, status),
    onSuccess: (moved) => client.setQueryData(ownEventQuery(event.id).queryKey, moved),
    onSettled: () => setAsked(null),
  });
  const ways = OFF[event.status] ?? [];
  if (ways.length === 0) return null;
  return (
    <section className="card pad stack" aria-labelledby="off">
      <h2 className="h3" id="off">
        {t("org.off.title")}
      </h2>
      <div className="row flex-wrap">
        {ways.map((status) => (
          <button
            key={status}
            type="button"
            className={status === "CANCELLED" ? "btn btn-no" : "btn btn-line"}
            onClick={() => setAsked(status)}
          >
            {t(`org.off.${status as "CANCELLED" | "POSTPONED" | "SCHEDULED"}`)}
          </button>
        ))}
      </div>
      {asked !== null && (
        <Sure
          title={t("org.off.sure")}
          means={t(`org.off.means.${asked as "CANCELLED" | "POSTPONED" | "SCHEDULED"}`)}
          words={t(`org.off.${asked as "CANCELLED" | "POSTPONED" | "SCHEDULED"}`)}
          isBusy={move.isPending}
          act={() => move.mutate(asked)}
          keep={() => setAsked(null)}
        />
      )}
      {move.isError && <Note tone="no" title={t("org.sale.failed")} live />}
    </section>
  );
}
