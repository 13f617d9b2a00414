import { useTranslation } from "react-i18next";
import type { ArenaEvent, NewPromoCode, Section } from "@/shared/api/contract";
import { useEventVenue } from "@/shared/api/use-event-venue";
import { CountInput } from "@/shared/ui/count-input";
import { TimeInput } from "./inputs";

/** For whom, when and what a code is good; nothing set is no bound. */
export interface CodeBounds {
  maxUses: number | null;
  maxPerPerson: number | null;
  validFrom: string | null;
  validUntil: string | null;
  sectionIds: readonly string[];
  unlocks: readonly string[];
}
export const UNBOUND: CodeBounds = {
  maxUses: null,
  maxPerPerson: null,
  validFrom: null,
  validUntil: null,
  sectionIds: [],
  unlocks: [],
};
const USES_MAX = 10_000_000;

/** What of them is sent: bounds that are set. */
export const boundsOf = (bounds: CodeBounds): Partial<NewPromoCode> =>
  Object.fromEntries(
    Object.entries(bounds).filter(
      ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
    ),
  );

export function CodeLimits({
  event,
  sections,
  bounds,
  change,
}: {
  event: ArenaEvent;
  sections: readonly Section[];
  bounds: CodeBounds;
  change: (bounds: CodeBounds) => void;
}) {
  const { t } = useTranslation();
  const timezone = useEventVenue(event)?.location.timezone ?? "UTC";
  const set = (patch: Partial<CodeBounds>) => change({ ...bounds, ...patch });
  const toggled = (list: readonly string[], one: string) =>
    list.includes(one) ? list.filter((each) => each !== one) : [...list, one];
  const levels = [...new Set(event.pricingTiers.map(({ priceLevel }) => priceLevel))];
  return (
    <details className="org-sections col-span-full">
      <summary className="s13">{t("org.code.limits")}</summary>
      <div className="stack mt-2">
        <div className="org-pair">
          <CountInput
            id="code-uses"
            label={t("org.code.maxUses")}
            value={bounds.maxUses}
            min={1}
            max={USES_MAX}
            onChange={(maxUses) => set({ maxUses })}
          />
          <CountInput
            id="code-person"
            label={t("org.code.maxPerPerson")}
            value={bounds.maxPerPerson}
            min={1}
            max={USES_MAX}
            onChange={(maxPerPerson) => set({ maxPerPerson })}
          />
          <TimeInput
            id="code-from"
            label={t("org.code.from")}
            value={bounds.validFrom}
            timezone={timezone}
            onChange={(validFrom) => set({ validFrom })}
          />
          <TimeInput
            id="code-until"
            label={t("org.code.until")}
            value={bounds.validUntil}
            timezone={timezone}
            onChange={(validUntil) => set({ validUntil })}
          />
        </div>
        <Ticks
          label={t("org.code.sections")}
          choices={sections.map(({ id, name }) => [id, name] as const)}
          chosen={bounds.sectionIds}
          toggle={(id) => set({ sectionIds: toggled(bounds.sectionIds, id) })}
        />
        <Ticks
          label={t("org.code.unlocks")}
          choices={levels.map((level) => [level, level] as const)}
          chosen={bounds.unlocks}
          toggle={(level) => set({ unlocks: toggled(bounds.unlocks, level) })}
        />
      </div>
    </details>
  );
}

function Ticks({
  label,
  choices,
  chosen,
  toggle,
}: {
  label: string;
  choices: readonly (readonly [string, string])[];
  chosen: readonly string[];
  toggle: (one: string) => void;
}) {
  return (
    <fieldset className="border-0 p-0 m-0">
      <legend className="label mb-2">{label}</legend>
      <div className="chips">
        {choices.map(([id, name]) => (
          <button
            key={id}
            type="button"
            className="chip"
            aria-pressed={chosen.includes(id)}
            onClick={() => toggle(id)}
          >
            {name}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
