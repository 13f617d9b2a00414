import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import type { ArenaEvent } from "@/shared/api/contract";
import type { Sales } from "@/shared/api/sales";
import { useFormat } from "@/shared/i18n/format";
import { later } from "@/shared/ui/later";
import { Note } from "@/shared/ui/states";

// Only who is too late needs it.
const WaitList = later(async () => (await import("./wait-list")).WaitList);

const TONE = {
  SCHEDULED: "info",
  DRAFT: "off",
  PAUSED: "warn",
  CANCELLED: "no",
  POSTPONED: "warn",
  COMPLETED: "off",
  tooLate: "off",
  soldOut: "off",
} as const;

/** Why nothing can be bought now, and what that means for the reader. */
export function SalesNote({
  event,
  sales,
  held,
  timezone,
}: {
  event: ArenaEvent;
  sales: Sales;
  held: number;
  timezone: string | undefined;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  if (sales.reason === null) return null;
  const opens = sales.reason === "SCHEDULED" ? event.salesStartAt : undefined;
  const heldWords = held > 0 ? t("sales.soldOut.held", { count: held, n: format.number(held) }) : "";
  return (
    <Note
      tone={TONE[sales.reason]}
      title={
        opens == null
          ? t(`sales.${sales.reason}.title`)
          : t("sales.opens", { when: format.when(opens, timezone) })
      }
    >
      <p>
        {t(`sales.${sales.reason}.text`, { name: event.name })}
        {sales.reason === "soldOut" && ` ${heldWords}`}
      </p>
      {sales.reason === "soldOut" && (
        <div className="mt-3">
          <Suspense>
            <WaitList eventId={event.id} />
          </Suspense>
        </div>
      )}
    </Note>
  );
}
