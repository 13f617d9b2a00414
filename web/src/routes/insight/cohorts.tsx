import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { cohortsQuery } from "@/features/insight/api";
import { useFormat } from "@/shared/i18n/format";
import { LoadError } from "@/shared/ui/states";

/** Buyers by the month of their first order, and when they came again. */
export function Cohorts({ organizationId }: { organizationId: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const cohorts = useQuery(cohortsQuery(organizationId));
  return (
    <section className="card pad stack" aria-labelledby="cohorts">
      <h2 className="h3" id="cohorts">
        {t("insight.cohorts")}
      </h2>
      <table className="org-table">
        <thead>
          <tr>
            <th>{t("insight.cohort")}</th>
            <th className="n">{t("insight.later")}</th>
            <th className="n">{t("insight.buyers")}</th>
            <th className="n">{t("insight.orders")}</th>
            <th className="n">{t("insight.revenue")}</th>
          </tr>
        </thead>
        <tbody>
          {(cohorts.data ?? []).map((each) => (
            <tr key={`${each.cohort} ${each.months} ${each.currency}`}>
              <td className="num whitespace-nowrap">{each.cohort.slice(0, 7)}</td>
              <td className="n">{each.months}</td>
              <td className="n">{format.number(each.buyers)}</td>
              <td className="n">{format.number(each.orders)}</td>
              <td className="n">{format.money(each.revenue, each.currency)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {cohorts.data?.length === 0 && <p className="s13 muted">{t("insight.none")}</p>}
      {cohorts.isError && (
        <LoadError error={cohorts.error} what={t("insight.error")} retry={() => void cohorts.refetch()} />
      )}
    </section>
  );
}
