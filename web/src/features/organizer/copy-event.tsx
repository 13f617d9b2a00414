import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { ArenaEvent, EventDraft } from "@/shared/api/contract";
import { Icon } from "@/shared/ui/icon";
import { Busy, Note } from "@/shared/ui/states";
import { createEvent } from "./api";

const WEEK_MS = 7 * 86_400_000;
const attempts = new AttemptKeys();

const weekLater = (iso: string): string =>
  new Date(Date.parse(iso) + WEEK_MS).toISOString().replace(".000Z", "Z");

/** The same a week later, as a draft: prices, rules and words; no sale and no code comes along. */
export const copyOf = (event: ArenaEvent): EventDraft => ({
  organizationId: event.organizationId,
  venueId: event.venueId,
  chartId: event.chartId,
  name: event.name,
  description: event.description,
  startTime: weekLater(event.startTime),
  endTime: weekLater(event.endTime),
  salesEndAt: event.salesEndAt == null ? null : weekLater(event.salesEndAt),
  capacityConfig: event.capacityConfig,
  pricingTiers: event.pricingTiers,
  taxRate: event.taxRate,
  scarf: event.scarf ?? null,
});

export function CopyEvent({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const copy = useMutation({
    mutationFn: (body: EventDraft) => createEvent(body, attempts.keyFor(body)),
    onSuccess: (made) => {
      attempts.settle();
      navigate(`/organizer/events/${made.id}/edit`);
    },
    onError: (error) => attempts.settle(error),
  });
  return (
    <div className="stack">
      <button
        type="button"
        className="btn btn-line"
        disabled={copy.isPending}
        onClick={() => copy.mutate(copyOf(event))}
      >
        {copy.isPending ? (
          <Busy>{t("org.copy.busy")}</Busy>
        ) : (
          <>
            <Icon name="copy" />
            {t("org.copy.do")}
          </>
        )}
      </button>
      {copy.isError && <Note tone="no" title={t("org.copy.failed")} live />}
    </div>
  );
}
