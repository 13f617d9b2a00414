import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { GateRules, Section } from "@/shared/api/contract";
import { Icon } from "@/shared/ui/icon";

type Gate = GateRules["gates"][number];
type Zone = GateRules["zones"][number];

const replaced = <T,>(rows: readonly T[], at: number, row: T): T[] =>
  rows.map((each, index) => (index === at ? row : each));
const without = <T,>(rows: readonly T[], at: number): T[] => rows.filter((_, index) => index !== at);

export function ZoneRows({
  zones,
  gates,
  change,
}: {
  zones: Zone[];
  gates: Gate[];
  change: (zones: Zone[], gates: Gate[]) => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  /** What leads to a zone goes with its name. */
  const rename = (before: string, after: string | null) =>
    gates.map((gate) => (gate.zone === before ? { ...gate, zone: after } : gate));
  return (
    <fieldset className="entry-rows">
      <legend className="label">{t("entry.rules.zones")}</legend>
      {zones.map((zone, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place, its name is being typed
        <div className="entry-line" key={at}>
          <div className="field">
            <label htmlFor={`${id}-name-${at}`}>{t("entry.rules.zoneName")}</label>
            <input
              id={`${id}-name-${at}`}
              className="input"
              value={zone.name}
              maxLength={64}
              onChange={({ target }) =>
                change(replaced(zones, at, { ...zone, name: target.value }), rename(zone.name, target.value))
              }
            />
          </div>
          <div className="field">
            <label htmlFor={`${id}-holds-${at}`}>{t("entry.rules.zoneCapacity")}</label>
            <input
              id={`${id}-holds-${at}`}
              className="input"
              inputMode="numeric"
              value={zone.capacity ?? ""}
              onChange={({ target }) => {
                const many = Number.parseInt(target.value, 10);
                const capacity = Number.isInteger(many) && many > 0 ? Math.min(many, 1_000_000) : null;
                change(replaced(zones, at, { ...zone, capacity }), gates);
              }}
            />
          </div>
          <Remove
            label={t("entry.rules.removeOf", { name: zone.name })}
            act={() => change(without(zones, at), rename(zone.name, null))}
          />
        </div>
      ))}
      <Add
        label={t("entry.rules.addZone")}
        act={() => change([...zones, { name: "", capacity: null }], gates)}
      />
    </fieldset>
  );
}

export function GateRows({
  gates,
  zones,
  sections,
  change,
}: {
  gates: Gate[];
  zones: readonly Zone[];
  sections: readonly Section[];
  change: (gates: Gate[]) => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <fieldset className="entry-rows">
      <legend className="label">{t("entry.rules.gates")}</legend>
      <p className="s13 muted">{t("entry.rules.gatesText")}</p>
      {gates.map((gate, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place, its name is being typed
        <div className="entry-gate" key={at}>
          <div className="entry-line">
            <div className="field">
              <label htmlFor={`${id}-name-${at}`}>{t("entry.rules.gateName")}</label>
              <input
                id={`${id}-name-${at}`}
                className="input"
                value={gate.name}
                maxLength={64}
                onChange={({ target }) => change(replaced(gates, at, { ...gate, name: target.value }))}
              />
            </div>
            <div className="field">
              <label htmlFor={`${id}-zone-${at}`}>{t("entry.rules.leadsTo")}</label>
              <select
                id={`${id}-zone-${at}`}
                className="input"
                value={gate.zone ?? ""}
                onChange={({ target }) =>
                  change(replaced(gates, at, { ...gate, zone: target.value === "" ? null : target.value }))
                }
              >
                <option value="">{t("entry.rules.noZone")}</option>
                {zones.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </div>
            <Remove
              label={t("entry.rules.removeOf", { name: gate.name })}
              act={() => change(without(gates, at))}
            />
          </div>
          <Sections
            sections={sections}
            chosen={gate.sectionIds}
            change={(sectionIds) => change(replaced(gates, at, { ...gate, sectionIds }))}
          />
        </div>
      ))}
      <Add
        label={t("entry.rules.addGate")}
        act={() => change([...gates, { name: "", sectionIds: [], zone: null }])}
      />
    </fieldset>
  );
}

/** None ticked: everybody. */
function Sections({
  sections,
  chosen,
  change,
}: {
  sections: readonly Section[];
  chosen: readonly string[];
  change: (chosen: string[]) => void;
}) {
  const { t } = useTranslation();
  const words =
    chosen.length === 0 ? t("entry.rules.everybody") : t("entry.rules.some", { count: chosen.length });
  return (
    <details className="entry-sections">
      <summary>{words}</summary>
      <div className="entry-ticks">
        {sections.map(({ id, name }) => (
          <label className="entry-tick" key={id}>
            <input
              type="checkbox"
              checked={chosen.includes(id)}
              onChange={({ target }) =>
                change(target.checked ? [...chosen, id] : chosen.filter((each) => each !== id))
              }
            />
            <span className="trunc">{name}</span>
          </label>
        ))}
      </div>
    </details>
  );
}

function Remove({ label, act }: { label: string; act: () => void }) {
  return (
    <button type="button" className="btn btn-line btn-icon" aria-label={label} onClick={act}>
      <Icon name="x" />
    </button>
  );
}

function Add({ label, act }: { label: string; act: () => void }) {
  return (
    <button type="button" className="btn btn-line btn-sm justify-self-start" onClick={act}>
      <Icon name="plus" className="i-s" />
      {label}
    </button>
  );
}
