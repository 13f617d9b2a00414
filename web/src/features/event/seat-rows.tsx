import { memo, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import { printedNumber } from "@/shared/map/chart";
import { ACCESSIBLE, COMPANION, RESTRICTED, type SceneRow } from "@/shared/map/engine/scene";
import { FREE } from "@/shared/map/seat-house";
import { Icon } from "@/shared/ui/icon";
import { useStable } from "@/shared/ui/use-stable";
import { type EventModel, seatsOf } from "./event-model";
import { useSectionChanges, useSectionFeed } from "./use-seat-house";

/** The seats of a section in words: each row with what is free in it, and its seats as buttons. */
export function SeatRows({ model, sectionId }: { model: EventModel; sectionId: string }) {
  const { seating } = model;
  const format = useFormat();
  const [open, setOpen] = useState<string | null>(null);
  const section = seating?.scene.sections.find(({ id }) => id === sectionId);
  useSectionChanges(seating?.house, section);
  useSectionFeed(seating?.feeds, sectionId);
  const turn = useStable((label: string) => setOpen(open === label ? null : label));
  const toggle = useStable(model.toggle);
  const its = model.offers.find((offer) => offer.section.id === sectionId);
  const price = its?.from === undefined ? "" : format.money(its.from, its.currency ?? "EUR");
  const picks = useMemo(
    () => (seating ? seatsOf(seating, model.wish.picks) : []),
    [seating, model.wish.picks],
  );
  if (section === undefined || seating?.house === undefined) return <div className="sk h-11" />;
  const { states } = seating.house;
  const { marks } = seating.scene;
  const rows = section.rows.filter((row) => !model.isAccessible || hasKept(row, marks));
  return (
    <ul className="seat-rows">
      {rows.map((row) => {
        const free = seatsIn(row).filter((seat) => states[seat] === FREE);
        const isOpen = open === row.label;
        return (
          <li key={row.label}>
            <RowLine
              label={row.label}
              free={free.length}
              together={longest(free, row.gaps, row.first)}
              isOpen={isOpen}
              turn={turn}
            />
            {isOpen && (
              <Seats
                row={row}
                marks={marks}
                // One that says the same is the same, so that a row in which nothing changed is not drawn again.
                free={free.join(" ")}
                picked={picks.filter((seat) => isIn(row, seat)).join(" ")}
                price={price}
                sectionId={sectionId}
                toggle={toggle}
              />
            )}
          </li>
        );
      })}
    </ul>
  );
}

const isIn = (row: SceneRow, seat: number): boolean => seat >= row.first && seat < row.first + row.seats;
const seatsIn = (row: SceneRow): number[] => Array.from({ length: row.seats }, (_, n) => row.first + n);
const hasKept = (row: SceneRow, marks: Uint8Array): boolean =>
  seatsIn(row).some((seat) => ((marks[seat] as number) & (ACCESSIBLE | COMPANION)) !== 0);

const RowLine = memo(function RowLine({
  label,
  free,
  together,
  isOpen,
  turn,
}: {
  label: string;
  free: number;
  together: number;
  isOpen: boolean;
  turn: (label: string) => void;
}) {
  const { t } = useTranslation();
  return (
    <button type="button" aria-expanded={isOpen} disabled={free === 0} onClick={() => turn(label)}>
      <b className="num">{t("rows.row", { row: label })}</b>{" "}
      <span className="s13 muted num">
        {free === 0 ? t("rows.full") : t("rows.free", { count: free, together })}
      </span>
      <Icon name={isOpen ? "up" : "down"} className="i-s" />
    </button>
  );
});

const Seats = memo(function Seats({
  row,
  marks,
  free,
  picked,
  price,
  sectionId,
  toggle,
}: {
  row: SceneRow;
  marks: Uint8Array;
  free: string;
  picked: string;
  price: string;
  sectionId: string;
  toggle: EventModel["toggle"];
}) {
  const { t } = useTranslation();
  const mine = new Set(numbersIn(picked));
  return (
    <fieldset className="seat-buttons">
      <legend className="sr">{t("rows.seats", { row: row.label })}</legend>
      {[...new Set([...numbersIn(free), ...mine])]
        .sort((a, b) => a - b)
        .map((seat) => {
          const number = seat - row.first + 1;
          const its = marks[seat] as number;
          const isMine = mine.has(seat);
          const printed = printedNumber(number, row.numbering);
          const notes = [
            price,
            its & ACCESSIBLE && t("seat.wheelchair"),
            its & COMPANION && t("seat.companion"),
            its & RESTRICTED && (row.view ?? t("seat.restricted")),
          ].filter(Boolean);
          return (
            <button
              key={seat}
              type="button"
              className="seat num"
              aria-pressed={isMine}
              aria-label={[t("seat.short", { row: row.label, seat: printed }), ...notes].join(", ")}
              data-mark={its & ACCESSIBLE ? "w" : its & COMPANION ? "c" : its & RESTRICTED ? "r" : undefined}
              onClick={() => toggle({ sectionId, seat: { row: row.label, seat: number } })}
            >
              {isMine && <Icon name="check" className="i-s" />}
              {printed}
            </button>
          );
        })}
    </fieldset>
  );
});

const numbersIn = (words: string): number[] => (words === "" ? [] : words.split(" ").map(Number));

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
