import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import { printedNumber } from "@/shared/map/chart";
import { ACCESSIBLE, COMPANION, RESTRICTED, type SceneRow } from "@/shared/map/engine/scene";
import { FREE } from "@/shared/map/seat-house";
import { Icon } from "@/shared/ui/icon";
import { type EventModel, seatsOf } from "./event-model";
import { useHouseChanges, useSectionFeed } from "./use-seat-house";

/** The seats of a section in words: each row with what is free in it, and its seats as buttons. */
export function SeatRows({ model, sectionId }: { model: EventModel; sectionId: string }) {
  const { t } = useTranslation();
  const { seating } = model;
  const [open, setOpen] = useState<string | null>(null);
  useHouseChanges(seating?.house);
  useSectionFeed(seating?.feeds, sectionId);
  const section = seating?.scene.sections.find(({ id }) => id === sectionId);
  if (section === undefined || seating?.house === undefined) return <div className="sk h-11" />;
  const { states } = seating.house;
  const rows = section.rows.filter((row) => !model.isAccessible || hasKept(row));
  const hasKeptAt = (seat: number) =>
    ((seating.scene.marks[seat] as number) & (ACCESSIBLE | COMPANION)) !== 0;
  function hasKept(row: SceneRow): boolean {
    return Array.from({ length: row.seats }, (_, n) => row.first + n).some(hasKeptAt);
  }
  return (
    <ul className="seat-rows">
      {rows.map((row) => {
        const free = Array.from({ length: row.seats }, (_, n) => row.first + n).filter(
          (seat) => states[seat] === FREE,
        );
        return (
          <li key={row.label}>
            <button
              type="button"
              aria-expanded={open === row.label}
              disabled={free.length === 0}
              onClick={() => setOpen(open === row.label ? null : row.label)}
            >
              <b className="num">{t("rows.row", { row: row.label })}</b>{" "}
              <span className="s13 muted num">
                {free.length === 0
                  ? t("rows.full")
                  : t("rows.free", { count: free.length, together: longest(free, row.gaps, row.first) })}
              </span>
              <Icon name={open === row.label ? "up" : "down"} className="i-s" />
            </button>
            {open === row.label && <Seats model={model} row={row} free={free} sectionId={sectionId} />}
          </li>
        );
      })}
    </ul>
  );
}

function Seats({
  model,
  row,
  free,
  sectionId,
}: {
  model: EventModel;
  row: SceneRow;
  free: readonly number[];
  sectionId: string;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { seating, wish } = model;
  if (seating === undefined) return null;
  const picked = new Set(seatsOf(seating, wish.picks));
  const its = model.offers.find(({ section }) => section.id === sectionId);
  const price = its?.from === undefined ? "" : format.money(its.from, its.currency ?? "EUR");
  const shown = new Set(free);
  for (const seat of picked) if (seat >= row.first && seat < row.first + row.seats) shown.add(seat);
  return (
    <fieldset className="seat-buttons">
      <legend className="sr">{t("rows.seats", { row: row.label })}</legend>
      {[...shown]
        .sort((a, b) => a - b)
        .map((seat) => {
          const number = seat - row.first + 1;
          const marks = seating.scene.marks[seat] as number;
          const isMine = picked.has(seat);
          const printed = printedNumber(number, row.numbering);
          const notes = [
            price,
            marks & ACCESSIBLE && t("seat.wheelchair"),
            marks & COMPANION && t("seat.companion"),
            marks & RESTRICTED && (row.view ?? t("seat.restricted")),
          ].filter(Boolean);
          return (
            <button
              key={seat}
              type="button"
              className="seat num"
              aria-pressed={isMine}
              aria-label={[t("seat.short", { row: row.label, seat: printed }), ...notes].join(", ")}
              data-mark={
                marks & ACCESSIBLE ? "w" : marks & COMPANION ? "c" : marks & RESTRICTED ? "r" : undefined
              }
              onClick={() => model.toggle({ sectionId, seat: { row: row.label, seat: number } })}
            >
              {isMine && <Icon name="check" className="i-s" />}
              {printed}
            </button>
          );
        })}
    </fieldset>
  );
}

/** How many can sit side by side in what is free. */
function longest(free: readonly number[], gaps: readonly number[], first: number): number {
  let best = 0;
  let run = 0;
  let last = -2;
  for (const seat of free) {
    run = seat === last + 1 && !gaps.includes(seat - first) ? run + 1 : 1;
    best = Math.max(best, run);
    last = seat;
  }
  return best;
}
