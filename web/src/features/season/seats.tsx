import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DrawnSection } from "@/shared/api/contract";
import { printedNumber } from "@/shared/map/chart";
import { Icon } from "@/shared/ui/icon";
import { type FreeRow, isSame, type Seat } from "./wish";

/** A row, then its seats that are free at every date. */
export function SeasonSeats({
  rows,
  section,
  seats,
  max,
  change,
}: {
  rows: readonly FreeRow[];
  section: DrawnSection | undefined;
  seats: readonly Seat[];
  max: number;
  change: (seats: Seat[]) => void;
}) {
  const { t } = useTranslation();
  const [label, setLabel] = useState(seats[0]?.row);
  const row = rows.find((each) => each.label === label) ?? rows[0];
  if (row === undefined) return null;
  const drawn = section?.rows?.find((each) => each.label === row.label);
  const marksOf = (seat: number) => [
    ...(drawn?.accessible?.includes(seat) ? [t("season.mark.accessible")] : []),
    ...(drawn?.companion?.includes(seat) ? [t("season.mark.companion")] : []),
    ...(drawn?.restricted?.includes(seat) ? [drawn.view ?? t("season.mark.restricted")] : []),
  ];
  const toggle = (seat: Seat, isMine: boolean) =>
    change(isMine ? seats.filter((each) => !isSame(each, seat)) : [...seats, seat]);
  return (
    <div className="stack">
      <div className="field">
        <label htmlFor="season-row">{t("season.row")}</label>
        <select
          id="season-row"
          className="input"
          value={row.label}
          onChange={({ target }) => setLabel(target.value)}
        >
          {rows.map((each) => (
            <option key={each.label} value={each.label}>
              {t("season.rowFree", { row: each.label, count: each.seats.length })}
            </option>
          ))}
        </select>
      </div>
      <fieldset className="seat-buttons">
        <legend className="label mb-2">{t("season.seats", { row: row.label })}</legend>
        {row.seats.map((number) => {
          const seat = { row: row.label, seat: number };
          const isMine = seats.some((each) => isSame(each, seat));
          const printed = printedNumber(number, drawn?.numbering ?? undefined);
          const marks = marksOf(number);
          return (
            <button
              key={number}
              type="button"
              className="seat num"
              aria-pressed={isMine}
              aria-label={[t("season.seat", { row: row.label, seat: printed }), ...marks].join(", ")}
              title={marks.join(", ") || undefined}
              data-mark={
                drawn?.accessible?.includes(number)
                  ? "w"
                  : drawn?.companion?.includes(number)
                    ? "c"
                    : drawn?.restricted?.includes(number)
                      ? "r"
                      : undefined
              }
              disabled={!isMine && seats.length >= max}
              onClick={() => toggle(seat, isMine)}
            >
              {isMine && <Icon name="check" className="i-s" />}
              {printed}
            </button>
          );
        })}
      </fieldset>
    </div>
  );
}
