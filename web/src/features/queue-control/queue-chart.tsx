import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { QueuePoint } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Plot } from "@/shared/plot/plot";

const MINUTE_MS = 60_000;

/** Who waited and how fast they went in, over the last quarter of an hour; the same by the minute as a table. */
export function QueueChart({ points }: { points: readonly QueuePoint[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const drawn = useMemo(
    () => ({
      at: points.map(({ at }) => Date.parse(at)),
      lines: [
        { values: points.map(({ waiting }) => waiting), form: "area" as const },
        { values: points.map(({ rate }) => rate), form: "line" as const, isApart: true },
      ],
    }),
    [points],
  );
  const label = useCallback((at: number) => format.time(new Date(at).toISOString()), [format]);
  if (points.length === 0) return <p className="muted">{t("control.noHistory")}</p>;
  const most = Math.max(1, ...points.map((point) => point.waiting));
  const fastest = Math.max(1, ...points.map((point) => point.rate));
  return (
    <figure className="grid gap-2">
      <Plot {...drawn} isTime step={0} height={160} formatAt={label} formatValue={format.number} />
      <figcaption className="s13 muted row between num flex-wrap">
        <span>{t("control.areaIs", { n: format.number(most) })}</span>
        <span>{t("control.lineIs", { n: format.number(Math.round(fastest)) })}</span>
      </figcaption>
      <details>
        <summary className="s13">{t("org.pace.table")}</summary>
        <table className="org-table">
          <thead>
            <tr>
              <th>{t("org.pace.at")}</th>
              <th className="n">{t("control.waiting")}</th>
              <th className="n">{t("control.perMinute")}</th>
            </tr>
          </thead>
          <tbody>
            {byMinute(points).map(({ at, waiting, rate }) => (
              <tr key={at}>
                <td>{format.time(at)}</td>
                <td className="n">{format.number(waiting)}</td>
                <td className="n">{format.number(Math.round(rate))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

/** How it stood at the end of each minute. */
const byMinute = (points: readonly QueuePoint[]): QueuePoint[] => [
  ...new Map(points.map((point) => [Math.floor(Date.parse(point.at) / MINUTE_MS), point])).values(),
];
