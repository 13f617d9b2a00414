import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import { LoadError } from "@/shared/ui/states";
import { funnelQuery } from "./api";

const STEPS = ["view", "select", "hold", "pay", "confirmed"] as const;

/** From looking to having paid; bars against the widest step, words for how many went on. */
export function FunnelPanel({ eventId }: { eventId: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const funnel = useQuery(funnelQuery(eventId));
  // Before anything is known, nothing is said: a zero would be a figure.
  const counts = STEPS.map((name) => ({
    name,
    count: funnel.data && (funnel.data.steps.find((step) => step.name === name)?.count ?? 0),
  }));
  const most = Math.max(1, ...counts.map(({ count }) => count ?? 0));
  return (
    <section className="card org-panel" aria-labelledby="funnel">
      <header>
        <h2 className="h3" id="funnel">
          {t("org.funnel.title")}
        </h2>
      </header>
      {funnel.isError && (
        <LoadError error={funnel.error} what={t("org.error.figures")} retry={() => void funnel.refetch()} />
      )}
      <ol className="org-funnel" aria-busy={funnel.isPending}>
        {counts.map(({ name, count }) => (
          <li key={name}>
            <span>{t(`org.funnel.${name}`)}</span>
            <span className="track" aria-hidden="true">
              <i style={{ width: `${((count ?? 0) / most) * 100}%` }} />
            </span>
            <b className="score">{count === undefined ? "–" : format.number(count)}</b>
          </li>
        ))}
      </ol>
      <p className="s12 muted mt-2">{t("org.funnel.means")}</p>
    </section>
  );
}
