import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { hoursQuery, replayQuery } from "@/features/insight/api";
import { HeatKey, heatAt } from "@/features/organizer/heat";
import { House } from "@/features/organizer/house";
import { chartQuery, venueQuery } from "@/shared/api/catalog";
import type { ArenaEvent, Replay } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { LoadError } from "@/shared/ui/states";
import { useAddress } from "@/shared/ui/use-address";
import { useEvery } from "@/shared/ui/use-every";
import { useHeard } from "@/shared/ui/use-heard";
import { useLate } from "@/shared/ui/use-late";
import { useStable } from "@/shared/ui/use-stable";

const PLAY_MS = 500;
const STEPS = 100;
const SETTLE_MS = 150;
const DAY_STEP_MS = 2 * 60_000;
const BEFORE_MS = 6 * 3_600_000;

/** What the slider goes through: the sale in a hundred steps, or the day itself by two minutes. */
function spanOf(of: "sale" | "day", event: ArenaEvent, firstSale: string | undefined) {
  const start = Date.parse(event.startTime);
  const last = Math.max(start, Date.parse(event.endTime));
  if (of === "day") {
    const first = start - BEFORE_MS;
    return { first, steps: Math.ceil((last - first) / DAY_STEP_MS), stepMs: DAY_STEP_MS };
  }
  const first = Math.min(last, firstSale === undefined ? start : Date.parse(firstSale));
  return { first, steps: STEPS, stepMs: (last - first) / STEPS };
}

/** The moment that is shown, as a step of the slider; where it was put stands in the address. */
function useMoment(event: ArenaEvent, firstSale: string | undefined) {
  const [address, put] = useAddress();
  const wanted = address.get("at");
  const of = address.get("through") === "day" ? "day" : "sale";
  const { first, steps, stepMs } = spanOf(of, event, firstSale);
  const [moment, setMoment] = useState(() => (wanted === null ? Number.NaN : Date.parse(wanted)));
  const step = Number.isNaN(moment)
    ? steps
    : Math.min(steps, Math.max(0, Math.round((moment - first) / (stepMs || 1))));
  const at = new Date(first + stepMs * step).toISOString();
  // Once the hand rests: a drag passes through hundreds.
  const settled = useLate(at, SETTLE_MS);
  useHeard(settled, () => {
    if (!Number.isNaN(moment)) put({ at: settled });
  });
  return {
    of,
    ...{ at, settled, step, steps },
    go: (next: number) => setMoment(first + stepMs * next),
    choose: (next: "sale" | "day") => {
      setMoment(Number.NaN);
      put({ at: null, through: next === "sale" ? null : next });
    },
  } as const;
}

/** A step after the other until the end; a second press stops. */
function usePlaying(step: number, steps: number, go: (step: number) => void) {
  const [isPlaying, setPlaying] = useState(false);
  const next = useStable(() => {
    if (step >= steps) setPlaying(false);
    else go(step + 1);
  });
  useEvery(PLAY_MS, isPlaying, next);
  const toggle = () => {
    if (!isPlaying && step >= steps) go(0);
    setPlaying(!isPlaying);
  };
  return { isPlaying, toggle } as const;
}

/** The event at a moment of its sale, or of the day itself, moved by a slider or by itself. */
export function Replaying({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const format = useFormat();
  const timezone = useQuery(venueQuery(event.venueId)).data?.location.timezone;
  const points = useQuery(hoursQuery(event.id)).data?.points ?? [];
  const { of, at, settled, step, steps, go, choose } = useMoment(event, points[0]?.at);
  const { isPlaying, toggle } = usePlaying(step, steps, go);
  const replay = useQuery(replayQuery(event.id, settled));
  const then = replay.data;
  return (
    <section className="card pad stack" aria-labelledby="replay">
      <h2 className="h3" id="replay">
        {t("insight.replay")}
      </h2>
      <div className="row flex-wrap">
        <div className="seg justify-self-start" role="group" aria-label={t("insight.through")}>
          {(["sale", "day"] as const).map((each) => (
            <button key={each} type="button" aria-pressed={of === each} onClick={() => choose(each)}>
              {t(`insight.of.${each}`)}
            </button>
          ))}
        </div>
        <button type="button" className="btn btn-line btn-sm" onClick={toggle}>
          {t(isPlaying ? "insight.stop" : "insight.play")}
        </button>
      </div>
      <label className="field" htmlFor="moment">
        <span className="label num">{format.when(at, timezone)}</span>
        <input
          id="moment"
          type="range"
          min={0}
          max={steps}
          value={step}
          aria-valuetext={format.when(at, timezone)}
          onChange={({ target }) => go(Number(target.value))}
        />
      </label>
      {replay.isError && (
        <LoadError error={replay.error} what={t("insight.error")} retry={() => void replay.refetch()} />
      )}
      {then && <Stood event={event} then={then} of={of} />}
    </section>
  );
}

/** The house at that moment: how much of it was sold or, on the day, how many of who bought were inside. */
function Stood({ event, then, of }: { event: ArenaEvent; then: Replay; of: "sale" | "day" }) {
  const { t } = useTranslation();
  const format = useFormat();
  const chart = useQuery(chartQuery({ venueId: event.venueId, chartId: event.chartId }));
  const label = t("insight.table", { of: t("insight.replay") });
  const heats = new Map(
    then.sections.map(({ sectionId, sold, inside, capacity }) => [
      sectionId,
      of === "sale" ? heatAt(sold, capacity) : heatAt(inside, sold),
    ]),
  );
  return (
    <>
      <p className="num">
        {t("insight.stood", {
          sold: format.number(then.ticketsSold),
          revenue: format.money(then.revenue, then.currency),
          inside: format.number(then.inside),
        })}
      </p>
      <House
        sections={chart.data?.sections ?? []}
        paint={(sectionId) => ({ "data-heat": heats.get(sectionId) ?? 0 })}
      />
      <HeatKey whole={t(of === "sale" ? "org.heat.soldOut" : "insight.allInside")} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keyboard, too */}
      <section className="org-scroll" aria-label={label} tabIndex={0}>
        <table className="org-table">
          <thead>
            <tr>
              <th>{t("org.heat.section")}</th>
              <th className="n">{t("org.heat.sold")}</th>
              <th className="n">{t("insight.inside")}</th>
            </tr>
          </thead>
          <tbody>
            {then.sections.map((section) => (
              <tr key={section.sectionId}>
                <td>
                  <i className="org-dot" data-heat={heats.get(section.sectionId)} aria-hidden="true" />
                  {section.name}
                </td>
                <td className="n">
                  {format.number(section.sold)} / {format.number(section.capacity)}
                </td>
                <td className="n">{format.number(section.inside)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
