import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { ArenaEvent, EventDraft } from "@/shared/api/contract";
import { instantOf, localOf } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { Busy, Note } from "@/shared/ui/states";
import { createEvent } from "./api";

const DAY_MS = 86_400_000;
const DAYS = 7;
const attempts = new AttemptKeys();

/** At the same time by the venue's clocks, whatever they were changed by meanwhile. */
function weekLater(iso: string, timezone: string): string {
  const [day = "", time = ""] = localOf(iso, timezone).split("T");
  const then = new Date(Date.parse(`${day}T00:00:00Z`) + DAYS * DAY_MS).toISOString().slice(0, 10);
  return instantOf(`${then}T${time}`, timezone) ?? iso;
}

/** The same a week later, as a draft: prices, rules and words; no sale and no code comes along. */
export const copyOf = (event: ArenaEvent, timezone: string): EventDraft => ({
  organizationId: event.organizationId,
  venueId: event.venueId,
  chartId: event.chartId,
  name: event.name,
  description: event.description,
  startTime: weekLater(event.startTime, timezone),
  endTime: weekLater(event.endTime, timezone),
  salesStartAt: event.salesStartAt == null ? null : weekLater(event.salesStartAt, timezone),
  salesEndAt: event.salesEndAt == null ? null : weekLater(event.salesEndAt, timezone),
  capacityConfig: event.capacityConfig,
  pricingTiers: event.pricingTiers,
  taxRate: event.taxRate,
  scarf: event.scarf ?? null,
});

export function CopyEvent({ event, timezone }: { event: ArenaEvent; timezone: string }) {
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
        onClick={() => copy.mutate(copyOf(event, timezone))}
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
