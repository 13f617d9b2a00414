import { useTranslation } from "react-i18next";
import type { RehearsalReport as Report } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";

const WIDTH = 600;
const HEIGHT = 120;

/** What came of a rehearsal: how fast, how slow, what was refused, and what would have sold when. */
export function RehearsalReport({ report }: { report: Report }) {
  const { t } = useTranslation();
  const format = useFormat();
  const ms = (value: number | null) => (value === null ? "–" : `${format.number(Math.round(value))} ms`);
  const count = (value: number) => format.number(value);
  const figures = [
    [
      "soldOut",
      report.soldOutAfterSeconds === null
        ? t("rehearsal.not")
        : t("rehearsal.after", { n: report.soldOutAfterSeconds }),
    ],
    ["sold", count(report.ticketsSold)],
    ["revenue", format.brief(report.revenue, report.currency)],
    ["ordersPeak", t("rehearsal.aSecond", { n: count(report.ordersPeak) })],
    ["orderP95", ms(report.orderP95Ms)],
    ["joinsPeak", t("rehearsal.aSecond", { n: count(report.joinsPeak) })],
    ["joinP95", ms(report.joinP95Ms)],
    ["stillWaiting", count(report.stillWaiting)],
  ] as const;
  return (
    <div className="grid gap-4">
      <dl className="lfacts">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{t(`rehearsal.figure.${name}`)}</dt>
            <dd className="score">{value}</dd>
          </div>
        ))}
      </dl>
      <Course report={report} />
      {report.refusals.length > 0 && (
        <p className="s13">
          <b>{t("rehearsal.refusals")}</b>{" "}
          {report.refusals.map(({ code, count: n }) => `${code} × ${count(n)}`).join(" · ")}
        </p>
      )}
      <div className="org-scroll" role="region" aria-label={t("rehearsal.sections")} tabIndex={-1}>
        <table className="org-table">
          <thead>
            <tr>
              <th>{t("rehearsal.section")}</th>
              <th className="n">{t("rehearsal.figure.sold")}</th>
              <th className="n">{t("rehearsal.held")}</th>
              <th className="n">{t("rehearsal.figure.soldOut")}</th>
            </tr>
          </thead>
          <tbody>
            {report.sections.map((section) => (
              <tr key={section.sectionId}>
                <td>{section.name}</td>
                <td className="n">
                  {count(section.sold)} / {count(section.capacity)}
                </td>
                <td className="n">{count(section.held)}</td>
                <td className="n">
                  {section.soldOutAfterSeconds === null
                    ? "–"
                    : t("rehearsal.after", { n: section.soldOutAfterSeconds })}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

/** Tickets as bars, who waits as an area; the same as a table below. */
function Course({ report }: { report: Report }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { moments } = report;
  const most = Math.max(1, ...moments.map(({ tickets }) => tickets));
  const longest = Math.max(1, ...moments.map(({ waiting }) => waiting));
  const step = WIDTH / Math.max(1, moments.length);
  const height = (share: number) => share * (HEIGHT - 6);
  const area = moments
    .map(({ waiting }, index) => `L${index * step} ${HEIGHT - height(waiting / longest)}`)
    .join(" ");
  return (
    <figure className="grid gap-2">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className="h-36 w-full"
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <path d={`M0 ${HEIGHT} ${area} L${WIDTH} ${HEIGHT} Z`} fill="var(--fill)" />
        {moments.map(({ second, tickets }) => (
          <rect
            key={second}
            x={second * step + step * 0.15}
            width={step * 0.7}
            y={HEIGHT - height(tickets / most)}
            height={height(tickets / most)}
            fill="var(--chart)"
          />
        ))}
      </svg>
      <figcaption className="s13 muted row between num flex-wrap">
        <span>{t("rehearsal.bars", { n: format.number(most) })}</span>
        <span>{t("control.areaIs", { n: format.number(longest) })}</span>
      </figcaption>
      <details>
        <summary className="s13">{t("rehearsal.table")}</summary>
        <div className="org-scroll">
          <table className="org-table">
            <thead>
              <tr>
                {(["second", "waiting", "admitted", "orders", "tickets", "p95"] as const).map((name) => (
                  <th key={name} className="n">
                    {t(`rehearsal.moment.${name}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {moments.map((each) => (
                <tr key={each.second}>
                  <td className="n">{each.second + 1}</td>
                  <td className="n">{format.number(each.waiting)}</td>
                  <td className="n">{format.number(each.admitted)}</td>
                  <td className="n">{format.number(each.orders)}</td>
                  <td className="n">{format.number(each.tickets)}</td>
                  <td className="n">{each.p95Ms === null ? "–" : format.number(Math.round(each.p95Ms))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}
