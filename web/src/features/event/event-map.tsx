import { Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Format, useFormat } from "@/shared/i18n/format";
import type { SectionLook } from "@/shared/map/engine/paint-house";
import type { Place } from "@/shared/map/engine/place";
import { ACCESSIBLE, COMPANION, RESTRICTED, seatAt } from "@/shared/map/engine/scene";
import { FREE, HELD } from "@/shared/map/seat-house";
import { isFew } from "@/shared/ui/event-pill";
import { later } from "@/shared/ui/later";
import { useDesktop } from "@/shared/ui/use-media";
import { useStable } from "@/shared/ui/use-stable";
import { type EventModel, seatsOf } from "./event-model";
import { freeWords, type Offer } from "./offers";

// The engine is a bundle of its own: words, prices and the way to buy are there before it.
const SeatMap = later(async () => (await import("@/shared/map/seat-map")).SeatMap);

// On a telephone it stands under seats alone.
const MapLegend = later(async () => (await import("./map-legend")).MapLegend);

// Only a mouse asks for it.
const Popover = later(async () => (await import("./popover")).Popover);

const NOBODY: ReadonlySet<number> = new Set();

/** The house on a canvas, told what this sale asks for each place. */
export function EventMap({ model, insets }: { model: EventModel; insets: string }) {
  const { seating, offers, offer, wish, held, hold } = model;
  const { t } = useTranslation();
  const format = useFormat();
  const isDesktop = useDesktop();
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
        : its.free !== undefined && t(freeWords(its), { count: its.free, n: format.number(its.free) }),
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
        tell={(place) => (
          <Suspense fallback={null}>
            <Popover model={model} place={place} mine={mine} />
          </Suspense>
        )}
        legend={(isOpen) =>
          (isOpen || isDesktop) && (
            <Suspense fallback={null}>
              <MapLegend isOpen={isOpen} />
            </Suspense>
          )
        }
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
