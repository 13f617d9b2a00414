import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FLAGS, type Flag, flagged, flagOf, seatsOf } from "./plan";
import type { Planning } from "./use-plan";

/** The seats of one row at a time: chosen by tapping, by a range with Shift, or in words; then they get their kind. */
export function SeatPanel({ planning, index }: { planning: Planning; index: number }) {
  const { t } = useTranslation();
  const { settled: plan, change } = planning;
  const [place, setPlace] = useState(0);
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const [last, setLast] = useState(1);
  const [words, setWords] = useState("");
  const rows = plan.sections[index]?.rows ?? [];
  const at = Math.min(place, rows.length - 1);
  const row = rows[at];
  if (row === undefined) return null;
  const tap = (seat: number, isRange: boolean) => {
    const [low, high] = [Math.min(last, seat), Math.max(last, seat)];
    const range = Array.from({ length: high - low + 1 }, (_, step) => low + step);
    setLast(seat);
    if (isRange) setChosen([...new Set([...chosen, ...range])]);
    else setChosen(chosen.includes(seat) ? chosen.filter((each) => each !== seat) : [...chosen, seat]);
  };
  const read = seatsOf(words, row.seats);
  const give = (flag: Flag | null) => {
    change(flagged(plan, index, at, chosen, flag));
    setChosen([]);
    setWords("");
  };
  return (
    <div className="grid gap-3">
      <label className="grid gap-1" htmlFor="row">
        <span className="s13 muted">{t("plan.row")}</span>
        <select
          id="row"
          className="input"
          value={at}
          onChange={({ target }) => {
            setPlace(Number(target.value));
            setChosen([]);
          }}
        >
          {rows.map((each, position) => (
            <option key={each.label} value={position}>
              {t("plan.rowIs", { label: each.label, count: each.seats })}
            </option>
          ))}
        </select>
      </label>
      <div className="plan-seats" role="group" aria-label={t("plan.seatsOf", { label: row.label })}>
        {Array.from({ length: row.seats }, (_, position) => position + 1).map((seat) => (
          <button
            key={seat}
            type="button"
            className="plan-seat num"
            data-flag={flagOf(row, seat)}
            aria-pressed={chosen.includes(seat)}
            aria-label={t("plan.seatIs", { seat, kind: t(`plan.flag.${flagOf(row, seat) ?? "plain"}`) })}
            onClick={(event) => tap(seat, event.shiftKey)}
          >
            {seat}
          </button>
        ))}
      </div>
      <label className="grid gap-1" htmlFor="seat-words">
        <span className="s13 muted">{t("plan.inWords")}</span>
        <input
          id="seat-words"
          className="input"
          placeholder="1-4 19"
          value={words}
          aria-invalid={read === null}
          onChange={({ target }) => {
            setWords(target.value);
            const seats = seatsOf(target.value, row.seats);
            if (seats !== null) setChosen(seats);
          }}
        />
      </label>
      <div className="row flex-wrap gap-2" role="group" aria-label={t("plan.make")}>
        {([...FLAGS, null] as const).map((flag) => (
          <button
            key={flag ?? "plain"}
            type="button"
            className="btn btn-line btn-sm"
            disabled={chosen.length === 0}
            onClick={() => give(flag)}
          >
            <i className="plan-mark" data-flag={flag} aria-hidden="true" />
            {t(`plan.flag.${flag ?? "plain"}`)}
          </button>
        ))}
      </div>
    </div>
  );
}
