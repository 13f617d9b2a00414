import { useTranslation } from "react-i18next";
import type { QueuePoint } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";

const WIDTH = 600;
const HEIGHT = 140;

/** Who waited and how fast they went in, over the last quarter of an hour. */
export function QueueChart({ points }: { points: readonly QueuePoint[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [first, last] = [points[0], points[points.length - 1]];
  if (first === undefined || last === undefined) return <p className="muted">{t("control.noHistory")}</p>;
  const most = Math.max(1, ...points.map((point) => point.waiting));
  const fastest = Math.max(1, ...points.map((point) => point.rate));
  return (
    <figure className="grid gap-2">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className="h-40 w-full"
        preserveAspectRatio="none"
        role="img"
        aria-label={t("control.chart", {
          waiting: format.number(last.waiting),
          rate: format.number(Math.round(last.rate)),
        })}
      >
        <path
          d={`${line(points, (point) => point.waiting / most)} L${WIDTH} ${HEIGHT} L0 ${HEIGHT} Z`}
          fill="var(--fill)"
        />
        <path
          d={line(points, (point) => point.rate / fastest)}
          fill="none"
          stroke="var(--ink)"
          strokeWidth="2"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      <figcaption className="s13 muted row between num flex-wrap">
        <span>{t("control.areaIs", { n: format.number(most) })}</span>
        <span>{t("control.lineIs", { n: format.number(Math.round(fastest)) })}</span>
      </figcaption>
    </figure>
  );
}

function line(points: readonly QueuePoint[], share: (point: QueuePoint) => number): string {
  const start = Date.parse(points[0]?.at ?? "");
  const whole = Math.max(1, Date.parse(points[points.length - 1]?.at ?? "") - start);
  return points
    .map((point, index) => {
      const x = ((Date.parse(point.at) - start) / whole) * WIDTH;
      const y = HEIGHT - share(point) * (HEIGHT - 6);
      return `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join(" ");
}
