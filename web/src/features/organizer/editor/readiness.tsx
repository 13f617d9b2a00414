import { useTranslation } from "react-i18next";
import type { ArenaEvent, Section } from "@/shared/api/contract";
import { serverTime } from "@/shared/api/server-clock";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { Scarf } from "@/shared/ui/scarf";
import { useMinute } from "@/shared/ui/use-now";
import { type Check, type EventForm, openChecks } from "./form";

const CHECKS: { check: Check; part: string }[] = [
  { check: "name", part: "basics" },
  { check: "times", part: "basics" },
  { check: "prices", part: "prices" },
  { check: "sections", part: "prices" },
  { check: "description", part: "basics" },
];

/** What is done and what is open before fans see it; each leads to its part. */
export function Checklist({ form, sections }: { form: EventForm; sections: readonly Section[] }) {
  const { t } = useTranslation();
  const open = openChecks(form, sections, serverTime(useMinute()));
  const done = CHECKS.length - open.length;
  return (
    <section className="card pad stack" aria-labelledby="checks">
      <h2 className="h3" id="checks">
        {open.length === 0 ? t("org.check.ready") : t("org.check.open", { count: open.length })}
      </h2>
      <progress className="org-progress" max={CHECKS.length} value={done} aria-labelledby="checks" />
      <ul className="org-checks">
        {CHECKS.map(({ check, part }) => {
          const isOpen = open.includes(check);
          return (
            <li key={check} data-open={isOpen}>
              <Icon name={isOpen ? "alert" : "check"} className="i-s" />
              {isOpen ? (
                <a href={`#${part}`}>{t(`org.check.${check}.open`)}</a>
              ) : (
                t(`org.check.${check}.done`)
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** The event's card as fans will see it. */
export function FansSee({ event, form, timezone }: { event: ArenaEvent; form: EventForm; timezone: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const prices = form.pricingTiers.map(({ amount, fee }) => amount + fee);
  return (
    <section className="card overflow-hidden" aria-label={t("org.edit.fansSee")}>
      <p className="s13 muted px-4 py-2">{t("org.edit.fansSee")}</p>
      <Scarf name={form.name || " "} worn={form.scarf} />
      <div className="p-4 stack">
        <h3 className="h3">{form.name}</h3>
        <p className="s13 muted num">{format.when(form.startTime, timezone)}</p>
        {prices.length > 0 && (
          <p className="num">
            {t("org.edit.from")} <b>{format.price(Math.min(...prices), event.currency)}</b>
          </p>
        )}
        <p className="s13 muted line-clamp-4">{form.description}</p>
      </div>
    </section>
  );
}
