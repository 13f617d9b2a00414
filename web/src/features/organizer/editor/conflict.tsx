import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PricingTier } from "@/shared/api/contract";
import { type Format, useFormat } from "@/shared/i18n/format";
import { Note } from "@/shared/ui/states";
import type { EventForm, FieldName } from "./form";
import type { Editor } from "./use-editor";

/** Two people changed the same: both versions side by side, and a choice for each. Nothing is lost until it is made. */
export function ConflictView({ editor, timezone }: { editor: Editor; timezone: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [theirs, setTheirs] = useState<ReadonlySet<FieldName>>(new Set());
  const { conflict, form } = editor;
  if (conflict === null) return null;
  const take = (field: FieldName, isTheirs: boolean) => {
    const next = new Set(theirs);
    if (isTheirs) next.add(field);
    else next.delete(field);
    setTheirs(next);
  };
  return (
    <Note tone="warn" title={t("org.conflict.title")} live>
      <p>{t("org.conflict.text")}</p>
      {conflict.fields.map((field) => (
        <fieldset key={field} className="org-conflict">
          <legend className="label">{t(`org.field.${field}`)}</legend>
          {([false, true] as const).map((isTheirs) => (
            <label key={String(isTheirs)} className="row">
              <input
                type="radio"
                name={`conflict-${field}`}
                checked={theirs.has(field) === isTheirs}
                onChange={() => take(field, isTheirs)}
              />
              <span>
                <b>{t(isTheirs ? "org.conflict.theirs" : "org.conflict.mine")}</b>{" "}
                {field === "scarf"
                  ? (isTheirs ? conflict.theirs : form).scarf?.map((yarn) => t(`org.yarn.${yarn}`)).join(", ")
                  : shown(isTheirs ? conflict.theirs : form, field, format, timezone)}
              </span>
            </label>
          ))}
        </fieldset>
      ))}
      <button type="button" className="btn btn-solid mt-3" onClick={() => editor.settle([...theirs])}>
        {t("org.conflict.settle")}
      </button>
    </Note>
  );
}

function shown(
  form: EventForm,
  field: Exclude<FieldName, "scarf">,
  format: Format,
  timezone: string,
): string {
  switch (field) {
    case "name":
    case "description":
      return form[field];
    case "startTime":
    case "endTime":
      return format.when(form[field], timezone);
    case "salesStartAt":
    case "salesEndAt": {
      const at = form[field];
      return at === null ? "–" : format.when(at, timezone);
    }
    case "taxRate":
      return format.percent(form.taxRate);
    case "capacityConfig":
      return `${form.capacityConfig.maxTicketsPerOrder} / ${form.capacityConfig.maxTicketsPerPerson ?? "∞"} / ${form.capacityConfig.holdSeconds} s`;
    case "pricingTiers":
      return form.pricingTiers
        .map((tier: PricingTier) => `${tier.name} ${format.money(tier.amount + tier.fee, tier.currency)}`)
        .join(", ");
  }
}
