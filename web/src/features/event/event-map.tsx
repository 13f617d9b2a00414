import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Format, useFormat } from "@/shared/i18n/format";
import type { SectionLook } from "@/shared/map/engine/paint-house";
import type { Place } from "@/shared/map/engine/place";
import { ACCESSIBLE, COMPANION, RESTRICTED, seatAt } from "@/shared/map/engine/scene";
import { totalOf } from "@/shared/map/prices";
import { FREE, HELD } from "@/shared/map/seat-house";
import { isFew } from "@/shared/ui/event-pill";
import { Icon } from "@/shared/ui/icon";
import { useStable } from "@/shared/ui/use-stable";
import { type EventModel, seatsOf } from "./event-model";
import { MapLegend } from "./map-legend";
import type { Offer } from "./offers";
import { useHouseChanges } from "./use-seat-house";

// The engine is a bundle of its own: words, prices and the way to buy are there before it.
const SeatMap = lazy(async () => ({ default: (await import("@/shared/map/seat-map")).SeatMap }));

const NOBODY: ReadonlySet<number> = new Set();

/** The house on a canvas, told what this sale asks for each place. */
export function EventMap({ model, insets }: { model: EventModel; insets: string }) {
  const { seating, offers, offer, wish, held, hold } = model;
  const { t } = useTranslation();
  const format = useFormat();
  const looks = useLooks(offers, model.price, format);
  const picked = useMemo(
    () => (seating === undefined ? [] : seatsOf(seating, wish.picks)),
    [seating, wish.picks],
  );
  const mine = useMemo(() => new Set([...picked, ...held]), [picked, held]);
  const asked = useMemo(() => (hold.isHolding ? new Set(picked) : NOBODY), [hold.isHolding, picked]);
  const section = offer === undefined ? null : offers.indexOf(offer);
  const heldSet = useMemo(() => new Set(held), [held]);

  const nameOf = (place: Place) => ({
    name: placeName(place),
    isPressed: place.kind === "seat" ? mine.has(place.seat) : place.section === section,
  });
  const placeName = (place: Place): string => {
    if (seating === undefined) return "";
    if (place.kind === "section") {
      const its = offers[place.section];
      return its === undefined ? "" : sectionWords(its);
    }
    const { section: where, row, printed } = seatAt(seating.scene, place.seat);
    const { free, marks } = stateOf(place.seat);
    const words = [
      t("seat.name", { section: where.name, row: row.label, seat: printed }),
      mine.has(place.seat) ? t("seat.yours") : t(`seat.state.${free}`),
      free === "free" && priceOf(offers[where.index]),
      marks & ACCESSIBLE && t("seat.wheelchair"),
      marks & COMPANION && t("seat.companion"),
      marks & RESTRICTED && t("seat.restricted"),
    ];
    return words.filter(Boolean).join(", ");
  };
  const stateOf = (seat: number) => {
    const state = seating?.house?.states[seat];
    const marks = seating?.scene.marks[seat] ?? 0;
    return { free: state === FREE ? "free" : state === HELD ? "held" : "sold", marks } as const;
  };
  const priceOf = (its: Offer | undefined) =>
    its?.from === undefined ? "" : format.price(its.from, its.currency ?? "EUR");
  const sectionWords = (its: Offer): string =>
    [
      its.section.name,
      priceOf(its),
      its.free === 0
        ? t("status.SOLD_OUT")
        : its.free !== undefined && t("section.free", { count: its.free, n: format.number(its.free) }),
      its.section.gate && t("section.gate", { gate: its.section.gate }),
    ]
      .filter(Boolean)
      .join(", ");

  const choose = useStable((place: Place) => {
    if (seating === undefined) return;
    if (place.kind === "section") {
      model.choose(offers[place.section]?.section.id ?? null);
      return;
    }
    const { section: where, row, seat } = seatAt(seating.scene, place.seat);
    const named = { sectionId: where.id, seat: { row: row.label, seat } };
    const isPicked = picked.includes(place.seat);
    if (!isPicked && (heldSet.has(place.seat) || seating.house?.states[place.seat] !== FREE)) return;
    if (!model.sales.open && !isPicked) return;
    model.toggle(named);
    if (offer?.section.id !== where.id) model.choose(where.id);
  });

  if (seating?.house === undefined) return <div className="sk map-wait" />;
  return (
    <Suspense fallback={<div className="sk map-wait" />}>
      <SeatMap
        scene={seating.scene}
        house={seating.house}
        looks={looks}
        section={section}
        mine={mine}
        asked={asked}
        isAccessible={model.isAccessible}
        insets={insets}
        nameOf={nameOf}
        choose={choose}
        looksAt={(sections) => seating.feeds?.lookAt(sections.map(({ id }) => id))}
        tell={(place) => <Popover model={model} place={place} mine={mine} />}
        legend={(isOpen) => <MapLegend isOpen={isOpen} />}
        follow={model.follow}
      />
    </Suspense>
  );
}

/** How each section looks; the same list while nothing looks another way, however often counts come. */
function useLooks(offers: readonly Offer[], price: number | null, format: Format): readonly SectionLook[] {
  const key = offers
    .map(({ rank, from, free, capacity }) => {
      const isShown = price === null || from === price;
      return `${rank ?? 0} ${from ?? ""} ${free === 0 ? "gone" : isFew(free ?? capacity, capacity) ? "few" : ""} ${isShown}`;
    })
    .join("|");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all that the looks are made of
  return useMemo(
    () =>
      offers.map(({ rank, from, free, capacity, currency }) => ({
        rank: rank ?? 0,
        price: from === undefined ? "" : format.price(from, currency ?? "EUR"),
        isGone: free === 0 || rank === undefined,
        isFew: free !== undefined && isFew(free, capacity),
        isDim: price !== null && from !== price,
      })),
    [key, format],
  );
}

/** What a mouse over a place is told. A finger and a keyboard are told the same by the panel. */
function Popover({ model, place, mine }: { model: EventModel; place: Place; mine: ReadonlySet<number> }) {
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
            : t("section.free", { count: its.free ?? 0, n: format.number(its.free ?? 0) })}
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
