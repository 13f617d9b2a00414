import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { chartQuery } from "@/shared/api/catalog";
import type { ArenaEvent, SectionFigures } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { LoadError } from "@/shared/ui/states";
import { sectionsQuery } from "./api";
import { House } from "./house";

const STEPS = 5;
const PAINTS = [1, 2, 3, 4, 5] as const;
/** How much of a section is sold, as one of six paints; the last is sold out. */
export const heatOf = ({
  sold,
  available,
  capacity,
}: Pick<SectionFigures, "sold" | "available" | "capacity">): number =>
  available === 0 && sold > 0
    ? STEPS + 1
    : Math.min(STEPS, 1 + Math.floor((sold / Math.max(1, capacity)) * STEPS));

/** The same for any part of a whole: of who bought, who is inside. */
export const heatAt = (part: number, whole: number): number =>
  heatOf({ sold: part, available: Math.max(0, whole - part), capacity: whole });

/** What the paints mean: from none to all but some, and a word for the whole. */
export function HeatKey({ whole }: { whole: string }) {
  return (
    <p className="org-key s12 muted" aria-hidden="true">
      {"0\u00a0%"}
      {PAINTS.map((paint) => (
        <i key={paint} data-heat={paint} />
      ))}
      {"100\u00a0%"}
      <i data-heat={STEPS + 1} /> {whole}
    </p>
  );
}

/** The house by how full it is, in greys, since hue means price; below it the same as a table. */
export function Heat({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const format = useFormat();
  const sections = useQuery(sectionsQuery(event.id));
  const chart = useQuery(chartQuery({ venueId: event.venueId, chartId: event.chartId }));
  const figures = sections.data ?? [];
  const byId = new Map(figures.map((each) => [each.sectionId, each]));
  const paint = (sectionId: string) => {
    const found = byId.get(sectionId);
    // Of a section that nothing is known of yet it says nothing; without a paint it would be black, which is sold out.
    return { "data-heat": found === undefined ? 0 : heatOf(found) };
  };
  return (
    <section className="card org-panel" aria-labelledby="heat" aria-busy={sections.isPending}>
      <header>
        <h2 className="h3" id="heat">
          {t("org.heat.title")}
        </h2>
        {sections.isSuccess && (
          <span className="s12 muted num">{t("org.heat.count", { n: format.number(figures.length) })}</span>
        )}
      </header>
      {sections.isError && (
        <LoadError
          error={sections.error}
          what={t("org.error.figures")}
          retry={() => void sections.refetch()}
        />
      )}
      <House sections={chart.data?.sections ?? []} paint={paint} />
      <HeatKey whole={t("org.heat.soldOut")} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys */}
      <div className="org-scroll" role="group" aria-label={t("org.heat.title")} tabIndex={0}>
        <table className="org-table">
          <thead>
            <tr>
              <th>{t("org.heat.section")}</th>
              <th className="n">{t("org.heat.sold")}</th>
              <th className="n">{t("org.heat.held")}</th>
              <th className="n">{t("org.heat.free")}</th>
              <th className="n">{t("org.heat.revenue")}</th>
            </tr>
          </thead>
          <tbody>
            {figures.map((each) => (
              <tr key={each.sectionId}>
                <td>
                  <i className="org-dot" data-heat={heatOf(each)} aria-hidden="true" />
                  {each.name}
                </td>
                <td className="n">
                  {format.number(each.sold)}{" "}
                  <span className="dim">
                    {format.percent(Math.round((each.sold / Math.max(1, each.capacity)) * 100) * 100)}
                  </span>
                </td>
                <td className="n">{format.number(each.held)}</td>
                <td className="n">{format.number(each.available)}</td>
                <td className="n">{format.price(each.revenue, event.currency)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
