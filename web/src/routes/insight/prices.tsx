import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { pricesQuery } from "@/features/insight/api";
import { byTier, summed } from "@/features/insight/tiers";
import type { ArenaEvent } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { LoadError } from "@/shared/ui/states";

const COLUMNS = ["amount", "fees", "discount", "paid"] as const;

/** What the revenue is made of: a line a price, and their sum, which is the event's own. */
export function Prices({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const format = useFormat();
  const prices = useQuery(pricesQuery(event.id));
  const lines = byTier(prices.data ?? [], event.pricingTiers);
  const sum = summed(lines);
  const label = t("insight.table", { of: t("insight.prices") });
  const cash = (minor: number) => format.money(minor, event.currency);
  return (
    <section className="card pad stack" aria-labelledby="prices">
      <h2 className="h3" id="prices">
        {t("insight.prices")}
      </h2>
      <p className="s13 muted">{t("insight.pricesText")}</p>
      {prices.isError && (
        <LoadError error={prices.error} what={t("insight.error")} retry={() => void prices.refetch()} />
      )}
      {prices.data?.length === 0 && <p className="s13 muted">{t("insight.none")}</p>}
      {lines.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways is scrolled by keyboard, too
        <section className="overflow-x-auto" aria-label={label} tabIndex={0}>
          <table className="org-table">
            <thead>
              <tr>
                <th>{t("insight.price")}</th>
                <th className="n">{t("insight.tickets")}</th>
                {COLUMNS.map((column) => (
                  <th key={column} className="n">
                    {t(`insight.paid.${column}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {lines.map((line) => (
                <tr key={line.name}>
                  <td>{line.name}</td>
                  <td className="n">{format.number(line.tickets)}</td>
                  {COLUMNS.map((column) => (
                    <td key={column} className="n">
                      {cash(line[column])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <td>
                  <b>{t("insight.sum")}</b>
                </td>
                <td className="n">
                  <b>{format.number(sum.tickets)}</b>
                </td>
                {COLUMNS.map((column) => (
                  <td key={column} className="n">
                    <b>{cash(sum[column])}</b>
                  </td>
                ))}
              </tr>
            </tfoot>
          </table>
        </section>
      )}
    </section>
  );
}
