import { useTranslation } from "react-i18next";
import type { PricingTier } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { findSeat, seatAt } from "@/shared/map/engine/scene";
import { totalOf } from "@/shared/map/prices";
import { Icon } from "@/shared/ui/icon";
import { Note } from "@/shared/ui/states";
import { type Pick, tierOf } from "./basket";
import type { EventModel } from "./event-model";

/** The places that are picked, each with its price and a way to give it up. */
export function Places({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  const { wish, warnings, offers } = model;
  return (
    <div className="stack gap-2">
      <h2 className="h3">{t("places.title")}</h2>
      <ul className="stack gap-2">
        {wish.picks.map((pick, n) => {
          const its = offers.find(({ section }) => section.id === pick.sectionId);
          const key =
            pick.seat === null ? `standing ${n}` : `${pick.sectionId} ${pick.seat.row} ${pick.seat.seat}`;
          return (
            <Place
              key={key}
              model={model}
              pick={pick}
              tiers={its?.tiers ?? []}
              section={its?.section.name ?? ""}
            />
          );
        })}
      </ul>
      {warnings.lonely.length > 0 && (
        <Note tone="warn" title={t("places.lonely.title", { count: warnings.lonely.length })}>
          <p>
            {t("places.lonely.text", {
              seats: warnings.lonely.map(({ row, printed }) => `${row} ${printed}`).join(", "),
            })}
          </p>
        </Note>
      )}
    </div>
  );
}

function Place({
  model,
  pick,
  tiers,
  section,
}: {
  model: EventModel;
  pick: Pick;
  tiers: readonly PricingTier[];
  section: string;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const tier = tierOf(tiers, pick);
  const limited = model.warnings.restricted.find((each) => each.pick === pick);
  const name = usePlaceName(model, pick);
  return (
    <li className="place">
      <span className="yours-mark num">{name}</span>
      <span className="min-w-0">
        <span className="block b wrap-anywhere">{section}</span>
        {tiers.length > 1 ? (
          <select
            className="level"
            aria-label={t("places.level", { place: `${section} ${name}` })}
            value={pick.priceLevel}
            onChange={(event) => model.setPickLevel(pick, event.target.value)}
          >
            {tiers.map((each) => (
              <option key={each.priceLevel} value={each.priceLevel}>
                {each.name} · {format.money(totalOf(each), each.currency)}
              </option>
            ))}
          </select>
        ) : (
          <span className="s13 muted block wrap-anywhere">{tier?.name}</span>
        )}
        {limited !== undefined && (
          <span className="s13 row text-warn b">
            <Icon name="alert" className="i-s" />
            {limited.view ?? t("seat.restricted")}
          </span>
        )}
      </span>
      <b className="num">{tier && format.money(totalOf(tier), tier.currency)}</b>
      <button
        type="button"
        className="icon-btn"
        aria-label={t("places.drop", { place: `${section} ${name}` })}
        onClick={() => model.drop(pick)}
      >
        <Icon name="x" className="i-s" />
      </button>
    </li>
  );
}

/** Row and the number that stands on the seat, or that one stands. */
export function usePlaceName({ seating }: { seating: EventModel["seating"] }, pick: Pick): string {
  const { t } = useTranslation();
  if (pick.seat === null) return t("places.standing");
  const seat = seating && findSeat(seating.scene, { sectionId: pick.sectionId, ...pick.seat });
  const printed =
    seat === undefined || seating === undefined ? pick.seat.seat : seatAt(seating.scene, seat).printed;
  return `${pick.seat.row} ${printed}`;
}
