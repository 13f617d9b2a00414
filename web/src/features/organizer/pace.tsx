import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { dayOf, useFormat } from "@/shared/i18n/format";
import { Plot } from "@/shared/plot/plot";
import type { PlotPoint } from "@/shared/plot/points";
import { LoadError } from "@/shared/ui/states";
import { useAddress } from "@/shared/ui/use-address";
import { useMinute } from "@/shared/ui/use-now";
import { type Span, sectionsQuery, seriesQuery } from "./api";

const STEP_MS = { hour: 60_000, day: 3_600_000, all: 86_400_000 } as const;
const BARS = { hour: 60, day: 24, all: 366 } as const;
const SPANS: Span[] = ["hour", "day", "all"];

/** Hours as days of the venue's calendar, each at its midnight as if that were in UTC. */
export function byDay(hours: readonly PlotPoint[], timezone: string | undefined): PlotPoint[] {
  const days = new Map<number, number>();
  for (const { at, value } of hours) {
    const day = dayAt(at, timezone);
    days.set(day, (days.get(day) ?? 0) + value);
  }
  return [...days].map(([at, value]) => ({ at, value }));
}

const dayAt = (at: number, timezone: string | undefined): number =>
  Date.parse(`${dayOf(at, timezone)}T00:00:00Z`);

/** Empty buckets are left out on the wire; on the plot they are the gaps that one looks for. */
export function filled(points: readonly PlotPoint[], span: Span, now: number): PlotPoint[] {
  const step = STEP_MS[span];
  const last = Math.floor(now / step) * step;
  const known = new Map(points.map(({ at, value }) => [at, value]));
  const oldest = points[0]?.at ?? last;
  const bars = span === "all" ? Math.min(BARS.all, Math.max(1, (last - oldest) / step + 1)) : BARS[span];
  return Array.from({ length: bars }, (_, index) => {
    const at = last - (bars - 1 - index) * step;
    return { at, value: known.get(at) ?? 0 };
  });
}

const LATELY_MS = 5 * 60_000;
const LEAST_MS = 30_000;
const HOURS_FROM_MIN = 120;
const SHOWN_MIN = 48 * 60;

/** Tickets a minute, of the last five or since the first one that sold, if that is less long ago. */
export function rateOf(points: readonly PlotPoint[], now: number): number {
  const from = Math.ceil((now - LATELY_MS) / STEP_MS.hour) * STEP_MS.hour;
  const lately = points.filter(({ at, value }) => value > 0 && at >= from);
  const [first] = lately;
  if (first === undefined) return 0;
  const sold = lately.reduce((sum, { value }) => sum + value, 0);
  const isYoung = points.find(({ value }) => value > 0) === first;
  const since = Math.max(LEAST_MS, now - (isYoung ? first.at : from));
  return (sold * STEP_MS.hour) / since;
}

/** How fast it goes now, and how long what is free would last. */
function Rate({ eventId, points, now }: { eventId: string; points: readonly PlotPoint[]; now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const sections = useQuery(sectionsQuery(eventId)).data ?? [];
  const rate = rateOf(points, now);
  if (rate === 0) return null;
  const free = sections.reduce((sum, { available }) => sum + available, 0);
  const minutes = Math.ceil(free / rate);
  const isHours = minutes > HOURS_FROM_MIN;
  return (
    <span className="s12 muted num">
      {t("org.pace.rate", { n: format.number(Math.max(1, Math.round(rate))) })}
      {free > 0 &&
        minutes <= SHOWN_MIN &&
        `, ${t(isHours ? "org.pace.leftHours" : "org.pace.left", {
          n: format.number(isHours ? Math.ceil(minutes / 60) : minutes),
        })}`}
    </span>
  );
}

/** Tickets over time: bars, and the same as a table for who cannot see them. */
export function Pace({ eventId, timezone }: { eventId: string; timezone: string | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [address, put] = useAddress();
  const span = SPANS.find((each) => each === address.get("span")) ?? "hour";
  const series = useQuery(seriesQuery(eventId, "sales", span));
  const now = useMinute();
  const points = useMemo(() => {
    const told = (series.data?.points ?? []).map(({ at, value }) => ({ at: Date.parse(at), value }));
    return span === "all"
      ? filled(byDay(told, timezone), span, dayAt(now, timezone))
      : filled(told, span, now);
  }, [series.data, span, now, timezone]);
  const drawn = useMemo(
    () => ({
      at: points.map(({ at }) => at),
      lines: [{ values: points.map(({ value }) => value), form: "bars" as const }],
    }),
    [points],
  );
  const label = useCallback(
    (ms: number) => {
      const at = new Date(ms).toISOString();
      return span === "all" ? format.day(at, "UTC") : format.time(at, timezone);
    },
    [format, span, timezone],
  );
  // Of a sale longer than the bars, all is told and the last year drawn.
  const counted = span === "all" ? (series.data?.points ?? []) : points;
  const total = counted.reduce((sum, { value }) => sum + value, 0);
  return (
    <section className="card org-panel org-pace" aria-labelledby="pace">
      <header>
        <h2 className="h3" id="pace">
          {t(`org.pace.${span}`)}
        </h2>
        <span className="score text-[20px]">{series.isSuccess ? format.number(total) : "–"}</span>
        {span === "hour" && <Rate eventId={eventId} points={points} now={series.dataUpdatedAt} />}
        <span className="grow" />
        <div className="seg" role="group" aria-label={t("org.pace.span")}>
          {SPANS.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={span === each}
              onClick={() => put({ span: each === "hour" ? null : each })}
            >
              {t(`org.span.${each}`)}
            </button>
          ))}
        </div>
      </header>
      {series.isError && (
        <LoadError error={series.error} what={t("org.error.figures")} retry={() => void series.refetch()} />
      )}
      {series.isPending ? (
        <div className="sk h-[210px]" aria-busy="true" />
      ) : (
        <Plot
          {...drawn}
          isTime
          step={STEP_MS[span]}
          height={210}
          formatAt={label}
          formatValue={format.number}
        />
      )}
      <details>
        <summary className="s13">{t("org.pace.table")}</summary>
        <table className="org-table">
          <thead>
            <tr>
              <th>{t("org.pace.at")}</th>
              <th className="n">{t("org.pace.tickets")}</th>
            </tr>
          </thead>
          <tbody>
            {points
              .filter(({ value }) => value > 0)
              .map(({ at, value }) => (
                <tr key={at}>
                  <td>{label(at)}</td>
                  <td className="n">{format.number(value)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}
