import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PricingTier, Section } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { House } from "../house";
import { brings, painted } from "./form";
import { MoneyInput } from "./inputs";
import type { Editor } from "./use-editor";

const PAINTS = 5;

/** Choose a price, then paint sections with it: on the house, or in the list below. */
export function Prices({
  editor,
  sections,
  currency,
}: {
  editor: Editor;
  sections: readonly Section[];
  currency: string;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { form, change } = editor;
  const tiers = form.pricingTiers;
  const [chosen, setChosen] = useState(0);
  const set = (index: number, patch: Partial<PricingTier>) =>
    change({ pricingTiers: tiers.map((tier, at) => (at === index ? { ...tier, ...patch } : tier)) });
  const paintOf = (sectionId: string) => {
    const index = tiers.findIndex(({ sectionIds }) => sectionIds.includes(sectionId));
    return { "data-tier": index < 0 ? 0 : (index % PAINTS) + 1 };
  };
  const add = () => {
    const first = tiers[0];
    const tier: PricingTier = {
      priceLevel: first?.priceLevel ?? "STANDARD",
      name: t("org.edit.newPrice", { n: tiers.length + 1 }),
      sectionIds: tiers.length === 0 ? sections.map(({ id }) => id) : [],
      amount: 0,
      fee: 0,
      currency,
    };
    change({ pricingTiers: [...tiers, tier] });
    setChosen(tiers.length);
  };
  const total = tiers.reduce((sum, tier) => sum + brings(tier, sections), 0);
  return (
    <section className="card pad stack" id="prices" aria-labelledby="prices-title">
      <h2 className="h2 shout" id="prices-title">
        {t("org.edit.prices")}
      </h2>
      <p className="muted">{t("org.edit.pricesText")}</p>
      {tiers.length > 0 && (
        <House
          sections={sections}
          paint={paintOf}
          pick={(sectionId) => change({ pricingTiers: painted(tiers, chosen, sectionId) })}
        />
      )}
      {tiers.length > 0 && (
        <div className="org-tier org-tier-head s12 muted" aria-hidden="true">
          <span />
          <span>{t("org.tier.name")}</span>
          <span>{t("org.tier.level")}</span>
          <span>{t("org.tier.amount")}</span>
          <span>{t("org.tier.fee")}</span>
          <span>{t("org.tier.brings")}</span>
        </div>
      )}
      <ul className="org-list" aria-label={t("org.edit.prices")}>
        {tiers.map((tier, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a price has no name of its own but its place
          <li key={index} className="org-tier" data-chosen={index === chosen}>
            <button
              type="button"
              className="org-swatch"
              data-tier={(index % PAINTS) + 1}
              aria-pressed={index === chosen}
              aria-label={`${index + 1}: ${t("org.edit.paintWith", { name: tier.name })}`}
              onClick={() => setChosen(index)}
            >
              {index === chosen ? (
                <Icon name="check" className="i-s" />
              ) : (
                <span aria-hidden="true">{index + 1}</span>
              )}
            </button>
            <input
              className="input"
              aria-label={t("org.edit.priceName", { n: index + 1 })}
              value={tier.name}
              maxLength={200}
              onChange={({ target }) => set(index, { name: target.value })}
            />
            <input
              className="input"
              aria-label={t("org.edit.priceLevel", { n: index + 1 })}
              value={tier.priceLevel}
              maxLength={40}
              onChange={({ target }) => set(index, { priceLevel: target.value })}
            />
            <MoneyInput
              id={`amount-${index}`}
              label={t("org.edit.amount", { name: tier.name })}
              value={tier.amount}
              currency={tier.currency}
              onChange={(amount) => set(index, { amount })}
            />
            <MoneyInput
              id={`fee-${index}`}
              label={t("org.edit.fee", { name: tier.name })}
              value={tier.fee}
              currency={tier.currency}
              onChange={(fee) => set(index, { fee })}
            />
            <span className="num b text-right">{format.brief(brings(tier, sections), tier.currency)}</span>
            <button
              type="button"
              className="icon-btn"
              aria-label={t("org.edit.dropPrice", { name: tier.name })}
              onClick={() => {
                change({ pricingTiers: tiers.filter((_, at) => at !== index) });
                setChosen(0);
              }}
            >
              <Icon name="x" />
            </button>
            <SectionTicks
              tier={tier}
              sections={sections}
              toggle={(id) =>
                tier.sectionIds.includes(id)
                  ? set(index, { sectionIds: tier.sectionIds.filter((each) => each !== id) })
                  : change({ pricingTiers: painted(tiers, index, id) })
              }
            />
          </li>
        ))}
      </ul>
      <div className="row between">
        <button type="button" className="btn btn-line" onClick={add}>
          <Icon name="plus" />
          {t("org.edit.addPrice")}
        </button>
        <p className="num">
          {t("org.edit.fullHouse")} <b>{format.brief(total, currency)}</b>
        </p>
      </div>
    </section>
  );
}

function SectionTicks({
  tier,
  sections,
  toggle,
}: {
  tier: PricingTier;
  sections: readonly Section[];
  toggle: (sectionId: string) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const count = tier.sectionIds.length;
  return (
    <details className="org-sections">
      <summary className="s13">
        {t("org.edit.sections", { count, n: format.number(count), of: format.number(sections.length) })}
      </summary>
      <div className="chips mt-2">
        {sections.map(({ id, name }) => (
          <button
            key={id}
            type="button"
            className="chip"
            aria-pressed={tier.sectionIds.includes(id)}
            onClick={() => toggle(id)}
          >
            {name}
          </button>
        ))}
      </div>
    </details>
  );
}
