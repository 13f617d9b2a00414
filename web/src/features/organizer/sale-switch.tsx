import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ArenaEvent, EventStatus } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { serverTime } from "@/shared/api/server-clock";
import { useFormat } from "@/shared/i18n/format";
import { minutesAndSeconds } from "@/shared/ui/duration";
import { Icon } from "@/shared/ui/icon";
import { Busy, Note } from "@/shared/ui/states";
import { useNow } from "@/shared/ui/use-now";
import { ownEventQuery, ownEventsKey, setStatus } from "./api";

/** Where one tap leads from here; what cannot be taken back is not among them. */
const NEXT: Partial<Record<EventStatus, EventStatus>> = {
  DRAFT: "SCHEDULED",
  SCHEDULED: "ON_SALE",
  ON_SALE: "PAUSED",
  SOLD_OUT: "PAUSED",
  PAUSED: "ON_SALE",
};

const COUNTED_MS = 3_600_000;

/** When the sale opens by itself; in the last hour how long that is. */
function Opens({ event, at, timezone }: { event: ArenaEvent; at: string; timezone: string | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const left = Date.parse(at) - serverTime(useNow());
  const when = format.when(at, timezone);
  return (
    <span className="s13 muted num">
      {event.status === "DRAFT"
        ? t("org.sale.opensUnpublished", { when })
        : left > 0 && left < COUNTED_MS
          ? t("org.sale.opensIn", { when, left: minutesAndSeconds(left) })
          : t("org.sale.opens", { when })}
    </span>
  );
}

/** Publishes, opens, pauses and resumes the sale. */
export function SaleSwitch({ event, timezone }: { event: ArenaEvent; timezone?: string | undefined }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [state, setState] = useState<{ busy: boolean; code?: string | undefined }>({ busy: false });
  const next = NEXT[event.status];
  if (next === undefined) return null;
  const move = async () => {
    setState({ busy: true });
    try {
      const moved = await setStatus(event.id, next);
      client.setQueryData(ownEventQuery(event.id).queryKey, moved);
      setState({ busy: false });
    } catch (error) {
      setState({ busy: false, code: codeOf(error) ?? "SYS001" });
      void client.invalidateQueries({ queryKey: ownEventQuery(event.id).queryKey });
    }
    void client.invalidateQueries({ queryKey: ownEventsKey(event.organizationId) });
  };
  const words = `${event.status}_${next}` as "DRAFT_SCHEDULED";
  const isAhead = event.status === "DRAFT" || event.status === "SCHEDULED";
  return (
    <>
      {isAhead && event.salesStartAt != null && <Opens {...{ event, at: event.salesStartAt, timezone }} />}
      <button type="button" className="btn btn-line" onClick={move} disabled={state.busy}>
        {state.busy ? (
          <Busy>{t("org.sale.busy")}</Busy>
        ) : (
          <>
            <Icon name={next === "PAUSED" ? "pause" : "arrow"} />
            {t(`org.sale.${words}`)}
          </>
        )}
      </button>
      {state.code !== undefined && (
        <div className="w-full">
          <Note tone="no" title={t("org.sale.failed")} live>
            <p>{state.code === "AUTH004" ? t("org.sale.forbidden") : t("org.sale.failedText")}</p>
          </Note>
        </div>
      )}
    </>
  );
}
