import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ArenaEvent, EventStatus } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { Icon } from "@/shared/ui/icon";
import { Busy, Note } from "@/shared/ui/states";
import { ownEventQuery, ownEventsKey, setStatus } from "./api";

/** Where one tap leads from here; what cannot be taken back is not among them. */
const NEXT: Partial<Record<EventStatus, EventStatus>> = {
  DRAFT: "SCHEDULED",
  SCHEDULED: "ON_SALE",
  ON_SALE: "PAUSED",
  SOLD_OUT: "PAUSED",
  PAUSED: "ON_SALE",
};

/** Publishes, opens, pauses and resumes the sale. */
export function SaleSwitch({ event }: { event: ArenaEvent }) {
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
  return (
    <>
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
