import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/shared/api/errors";
import { Icon } from "@/shared/ui/icon";
import { Note } from "@/shared/ui/states";
import { gated, type Plan, placesIn, ungated } from "./plan";

/** What the server does not take, with the section it is about by name. */
export function Refused({ error, plan }: { error: unknown; plan: Plan }) {
  const { t } = useTranslation();
  const details = error instanceof ApiError ? error.details : [];
  return (
    <Note tone="no" title={t("plan.refused")} live>
      {details.map(({ field, message }) => {
        const index = /^sections\.(\d+)/.exec(field)?.[1];
        const name = index === undefined ? undefined : plan.sections[Number(index)]?.name;
        return (
          <p key={field}>
            {name !== undefined && <b>{name} </b>}
            <span className="mono">{field}</span>: {message}
          </p>
        );
      })}
    </Note>
  );
}

export function Sections({
  plan,
  chosen,
  choose,
}: {
  plan: Plan;
  chosen: number | null;
  choose: (index: number) => void;
}) {
  const { t } = useTranslation();
  return (
    <section className="card pad" aria-labelledby="sections-title">
      <h2 className="h3" id="sections-title">
        {t("plan.sections")}
      </h2>
      <ul className="org-list">
        {plan.sections.map((section, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a section is known by its place
          <li key={index}>
            <button
              type="button"
              className="plan-line"
              aria-pressed={chosen === index}
              onClick={() => choose(index)}
            >
              <span>{section.name || t("plan.nameless")}</span>{" "}
              <span className="muted num s13">{t("plan.places", { count: placesIn(section) })}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Gates({ plan, change }: { plan: Plan; change: (plan: Plan) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const isFree = name.trim() !== "" && plan.gates.every((gate) => gate.name !== name.trim());
  return (
    <section className="card pad stack" aria-labelledby="gates-title">
      <h2 className="h3" id="gates-title">
        {t("plan.gates")}
      </h2>
      <ul className="org-list">
        {plan.gates.map((gate, index) => (
          <li key={gate.name} className="row between">
            <b>{gate.name}</b>
            <button
              type="button"
              className="icon-btn"
              aria-label={t("plan.dropGate", { name: gate.name })}
              onClick={() => change(ungated(plan, index))}
            >
              <Icon name="x" />
            </button>
          </li>
        ))}
      </ul>
      <form
        className="row items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isFree) return;
          change(gated(plan, name.trim()));
          setName("");
        }}
      >
        <label className="grid gap-1" htmlFor="gate-name">
          <span className="s13 muted">{t("plan.gateName")}</span>
          <input
            id="gate-name"
            className="input w-28"
            maxLength={20}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        </label>
        <button type="submit" className="btn btn-line" disabled={!isFree}>
          {t("plan.addGate")}
        </button>
      </form>
    </section>
  );
}
