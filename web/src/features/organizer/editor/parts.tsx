import { useTranslation } from "react-i18next";
import { CountInput } from "@/shared/ui/count-input";
import { Field } from "@/shared/ui/field";
import { PercentInput, TimeInput } from "./inputs";
import { ScarfColours } from "./scarf-colours";
import type { Editor } from "./use-editor";

/** What fans read first: the name, the words, the times. */
export function Basics({ editor, timezone }: { editor: Editor; timezone: string }) {
  const { t } = useTranslation();
  const { form, change } = editor;
  const move = (startTime: string | null) => {
    if (startTime === null) return;
    // The end moves along: an event keeps its length.
    const length = Date.parse(form.endTime) - Date.parse(form.startTime);
    const endTime = new Date(Date.parse(startTime) + length).toISOString().replace(".000Z", "Z");
    change({ startTime, endTime });
  };
  return (
    <section className="card pad stack" id="basics" aria-labelledby="basics-title">
      <h2 className="h2 shout" id="basics-title">
        {t("org.edit.basics")}
      </h2>
      <Field
        id="event-name"
        label={t("org.edit.name")}
        value={form.name}
        maxLength={200}
        error={form.name.trim() === "" ? t("org.check.name.open") : undefined}
        onChange={({ target }) => change({ name: target.value })}
      />
      <div className="field">
        <label htmlFor="event-description">{t("org.edit.description")}</label>
        <textarea
          id="event-description"
          className="input"
          value={form.description}
          maxLength={10_000}
          onChange={({ target }) => change({ description: target.value })}
        />
      </div>
      <div className="org-pair">
        <TimeInput
          id="event-start"
          label={t("org.edit.start")}
          value={form.startTime}
          timezone={timezone}
          hint={timezone}
          onChange={move}
        />
        <TimeInput
          id="event-end"
          label={t("org.edit.end")}
          value={form.endTime}
          timezone={timezone}
          hint={timezone}
          error={form.endTime <= form.startTime ? t("org.wrong.end") : undefined}
          onChange={(endTime) => endTime !== null && change({ endTime })}
        />
      </div>
      <ScarfColours name={form.name} worn={form.scarf} wear={(scarf) => change({ scarf })} />
    </section>
  );
}

/** How the sale goes: from when, until when, how many, how long a hold. */
export function Rules({ editor, timezone }: { editor: Editor; timezone: string }) {
  const { t } = useTranslation();
  const { form, change } = editor;
  const config = form.capacityConfig;
  const { salesStartAt: opens, salesEndAt: shuts } = form;
  const isShutFirst = opens !== null && shuts !== null && shuts <= opens;
  const rules = (patch: Partial<typeof config>) => change({ capacityConfig: { ...config, ...patch } });
  return (
    <section className="card pad stack" id="rules" aria-labelledby="rules-title">
      <h2 className="h2 shout" id="rules-title">
        {t("org.edit.rules")}
      </h2>
      <div className="org-pair">
        <TimeInput
          id="sales-start"
          label={t("org.edit.salesStart")}
          value={form.salesStartAt}
          timezone={timezone}
          hint={t("org.edit.salesStartHint")}
          onChange={(salesStartAt) => change({ salesStartAt })}
        />
        <TimeInput
          id="sales-end"
          label={t("org.edit.salesEnd")}
          value={form.salesEndAt}
          timezone={timezone}
          hint={t("org.edit.salesEndHint")}
          error={isShutFirst ? t("org.wrong.salesEnd") : undefined}
          onChange={(salesEndAt) => change({ salesEndAt })}
        />
        <CountInput
          id="hold-minutes"
          label={t("org.edit.hold")}
          value={Math.round(config.holdSeconds / 60)}
          min={1}
          max={20}
          hint={t("org.edit.holdHint")}
          onChange={(minutes) => minutes !== null && rules({ holdSeconds: minutes * 60 })}
        />
        <CountInput
          id="per-order"
          label={t("org.edit.perOrder")}
          value={config.maxTicketsPerOrder}
          min={1}
          max={100}
          onChange={(most) => most !== null && rules({ maxTicketsPerOrder: most })}
        />
        <CountInput
          id="per-person"
          label={t("org.edit.perPerson")}
          value={config.maxTicketsPerPerson ?? null}
          min={1}
          max={1000}
          hint={t("org.edit.perPersonHint")}
          onChange={(most) => rules({ maxTicketsPerPerson: most })}
        />
        <PercentInput
          id="tax"
          label={t("org.edit.tax")}
          value={form.taxRate}
          hint={t("org.edit.taxHint")}
          onChange={(taxRate) => change({ taxRate })}
        />
      </div>
    </section>
  );
}
