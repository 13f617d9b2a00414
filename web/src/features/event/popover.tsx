import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import type { Place } from "@/shared/map/engine/place";
import { ACCESSIBLE, COMPANION, RESTRICTED, seatAt } from "@/shared/map/engine/scene";
import { totalOf } from "@/shared/map/prices";
import { FREE, HELD } from "@/shared/map/seat-house";
import { Icon } from "@/shared/ui/icon";
import type { EventModel } from "./event-model";
import { freeWords } from "./offers";
import { useHouseChanges } from "./use-seat-house";

/** What a mouse over a place is told. A finger and a keyboard are told the same by the panel. */
export function Popover({
  model,
  place,
  mine,
}: {
  model: EventModel;
  place: Place;
  mine: ReadonlySet<number>;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { seating, offers } = model;
  useHouseChanges(seating?.house);
  if (seating === undefined) return null;
  const at = place.kind === "seat" ? seatAt(seating.scene, place.seat) : undefined;
  const its =
    offers[at === undefined && place.kind === "section" ? place.section : (at?.section.index ?? -1)];
  if (its === undefined) return null;
  const tier = its.tiers[0];
  const price = tier && format.money(totalOf(tier), tier.currency);
  const gate = its.section.gate ? t("section.gate", { gate: its.section.gate }) : "";
  if (at === undefined || place.kind === "section")
    return (
      <>
        <div className="row between">
          <b className="text-[15px]">{its.section.name}</b>
          <span className="b num">{price}</span>
        </div>
        <p className="muted num">
          {[its.section.level, t(`section.kind.${its.section.kind}`), gate].filter(Boolean).join(" · ")}
        </p>
        <p className="row num b mt-2" style={{ color: its.free === 0 ? "var(--ink-2)" : "var(--ok)" }}>
          <Icon name={its.free === 0 ? "g-none" : "g-full"} className="i-s" />
          {its.free === 0
            ? t("status.SOLD_OUT")
            : t(freeWords(its), { count: its.free ?? 0, n: format.number(its.free ?? 0) })}
        </p>
      </>
    );
  const state = seating.house?.states[place.seat];
  const marks = seating.scene.marks[place.seat] ?? 0;
  const isFree = state === FREE;
  return (
    <>
      <div className="row between">
        <b className="text-[15px] num">{t("seat.short", { row: at.row.label, seat: at.printed })}</b>
        {isFree && <span className="b num">{price}</span>}
      </div>
      <p className="muted num">
        {its.section.name}
        {tier &&
          tier.fee > 0 &&
          isFree &&
          ` · ${t("price.fee", { fee: format.money(tier.fee, tier.currency) })}`}
      </p>
      {!isFree && !mine.has(place.seat) && (
        <p className="b">{t(`seat.state.${state === HELD ? "held" : "sold"}`)}</p>
      )}
      {(marks & ACCESSIBLE) !== 0 && <p>{t("seat.wheelchair")}</p>}
      {(marks & COMPANION) !== 0 && <p>{t("seat.companion")}</p>}
      {(marks & RESTRICTED) !== 0 && (
        <p className="row b text-warn">
          <Icon name="alert" className="i-s" />
          {at.row.view ?? at.section.view ?? t("seat.restricted")}
        </p>
      )}
    </>
  );
}
