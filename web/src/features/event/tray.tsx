import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "@/shared/api/session";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { Busy } from "@/shared/ui/states";
import type { EventModel } from "./event-model";
import { HoldRefusal, hasWayOn } from "./hold-refusal";

/** The one yellow button: holds what is picked, or finds something to pick. */
export function Tray({ model, beside }: { model: EventModel; beside?: ReactNode }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { picks, party, offer, hold, total } = model;
  const seconds = model.event.capacityConfig.holdSeconds;
  const minutes = { count: Math.max(1, Math.round(seconds / 60)) };
  const isVisitor = useSession((session) => session.status === "visitor");
  // Beside what is asked or offered instead, nothing else is yellow.
  const look = model.question || hasWayOn(hold.refusal, isVisitor) ? "btn-line" : "btn-flood";
  const isSeated = offer?.section.kind === "SEATED";
  const short =
    offer !== undefined && !isSeated && (offer.free ?? party) < picks.length && model.wish.picks.length === 0;
  const words = short
    ? t("hold.short", { count: offer?.free ?? 0, section: offer?.section.name ?? "" })
    : picks.length === 0
      ? isSeated
        ? t("section.pick")
        : t("hold.orPick")
      : picks.length < party
        ? t("hold.more", { count: party - picks.length })
        : t("hold.promise", minutes);
  return (
    <>
      <HoldRefusal model={model} />
      <div className="row gap-2.5">
        {beside}
        {picks.length === 0 ? (
          <button
            type="button"
            className={`btn ${look} btn-lg grow px-3! whitespace-normal leading-tight`}
            aria-busy={model.find.isFinding}
            onClick={() => model.find.start(isSeated ? (offer?.section.id ?? null) : null)}
          >
            {model.find.isFinding ? (
              <Busy>{t("find.busy")}</Busy>
            ) : (
              <>
                <Icon name="best" />
                {isSeated
                  ? t("find.bestIn", { count: party, section: offer?.section.name ?? "" })
                  : t("hold.find", { count: party })}
              </>
            )}
          </button>
        ) : (
          <button
            type="button"
            className={`btn ${look} btn-lg grow num px-3! max-lg:text-[15px]! whitespace-normal leading-tight`}
            aria-busy={hold.isHolding}
            disabled={short}
            onClick={hold.hold}
          >
            {hold.isHolding ? (
              <Busy>{t("hold.holding")}</Busy>
            ) : (
              t("hold.hold", { count: picks.length, total: format.money(total.total, model.event.currency) })
            )}
          </button>
        )}
      </div>
      <p className="s13 muted text-center num">
        {words}
        {total.discount > 0 &&
          ` · ${t("hold.saved", { saved: format.money(total.discount, model.event.currency) })}`}
        {total.fees > 0 && ` · ${t("hold.fees", { fees: format.money(total.fees, model.event.currency) })}`}
      </p>
    </>
  );
}
