import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CountInput } from "@/shared/ui/count-input";
import { Field } from "@/shared/ui/field";
import { Icon } from "@/shared/ui/icon";
import { changed, filled, placesIn, ROWS_MAX, removed, SEATS_MAX, splitCorner } from "./plan";
import { SeatPanel } from "./seat-panel";
import type { Planning } from "./use-plan";

const STANDING_MAX = 100_000;

const isCount = (text: string, most: number) =>
  /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= most;

/** The chosen section: what it is called, where one goes in, its rows and its seats. */
export function SectionPanel({
  planning,
  index,
  choose,
}: {
  planning: Planning;
  index: number;
  choose: (index: number | null) => void;
}) {
  const { t } = useTranslation();
  const { settled: plan, change } = planning;
  const section = plan.sections[index];
  const [wish, setWish] = useState({ rows: "10", seats: "20" });
  if (section === undefined) return null;
  const set = (patch: Parameters<typeof changed>[2]) => change(changed(plan, index, patch));
  const isFillable = isCount(wish.rows, ROWS_MAX) && isCount(wish.seats, SEATS_MAX);
  return (
    <section className="card pad stack" aria-labelledby="section-title">
      <div className="row between">
        <h2 className="h3" id="section-title">
          {section.name || t("plan.nameless")}
        </h2>
        <span className="muted num s13">{t("plan.places", { count: placesIn(section) })}</span>
      </div>
      <Field
        id="section-name"
        label={t("plan.name")}
        value={section.name}
        maxLength={100}
        onChange={({ target }) => set({ name: target.value })}
      />
      <div className="org-pair">
        <label className="field" htmlFor="section-kind">
          <span className="label">{t("plan.kind")}</span>
          <select
            id="section-kind"
            className="input"
            value={section.kind}
            onChange={({ target }) =>
              set(
                target.value === "GENERAL"
                  ? { kind: "GENERAL", rows: [], capacity: Math.max(1, placesIn(section)) }
                  : { kind: "SEATED", capacity: null },
              )
            }
          >
            <option value="SEATED">{t("plan.SEATED")}</option>
            <option value="GENERAL">{t("plan.GENERAL")}</option>
          </select>
        </label>
        <label className="field" htmlFor="section-gate">
          <span className="label">{t("plan.gate")}</span>
          <select
            id="section-gate"
            className="input"
            value={section.gate ?? ""}
            onChange={({ target }) => set({ gate: target.value === "" ? null : target.value })}
          >
            <option value="">–</option>
            {[...new Set([...plan.gates.map(({ name }) => name), section.gate ?? ""])]
              .filter((name) => name !== "")
              .map((name) => (
                <option key={name}>{name}</option>
              ))}
          </select>
        </label>
      </div>
      {section.kind === "GENERAL" ? (
        <CountInput
          id="section-capacity"
          label={t("plan.capacity")}
          value={section.capacity ?? null}
          min={1}
          max={STANDING_MAX}
          onChange={(capacity) => capacity !== null && set({ capacity })}
        />
      ) : (
        <form
          className="row flex-wrap items-end gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (isFillable)
              change(filled(plan, index, { rows: Number(wish.rows), seats: Number(wish.seats) }));
          }}
        >
          {(["rows", "seats"] as const).map((field) => (
            <label key={field} className="grid gap-1" htmlFor={`fill-${field}`}>
              <span className="s13 muted">{t(`plan.${field}`)}</span>
              <input
                id={`fill-${field}`}
                className="input w-24"
                inputMode="numeric"
                value={wish[field]}
                onChange={({ target }) => setWish({ ...wish, [field]: target.value })}
              />
            </label>
          ))}
          <button type="submit" className="btn btn-line" disabled={!isFillable}>
            {t("plan.fill")}
          </button>
        </form>
      )}
      {section.kind === "SEATED" && section.rows.length > 0 && (
        <SeatPanel key={index} planning={planning} index={index} />
      )}
      <div className="row flex-wrap gap-3">
        <button
          type="button"
          className="btn btn-quiet btn-sm"
          onClick={() => change(splitCorner(plan, index, section.shape.length - 1))}
        >
          <Icon name="plus" className="i-s" />
          {t("plan.corner")}
        </button>
        <button
          type="button"
          className="btn btn-quiet btn-sm"
          onClick={() => {
            choose(null);
            change(removed(plan, index));
          }}
        >
          <Icon name="x" className="i-s" />
          {t("plan.drop")}
        </button>
      </div>
    </section>
  );
}
