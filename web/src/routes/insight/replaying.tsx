import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { hoursQuery, replayQuery } from "@/features/insight/api";
import type { ArenaEvent } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { LoadError } from "@/shared/ui/states";
import { useLate } from "@/shared/ui/use-late";

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

/** The event at a moment of its sale, or of the day itself, moved by a slider. */
export function Replaying({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const format = useFormat();
  const points = useQuery(hoursQuery(event.id)).data?.points ?? [];
  const [of, setOf] = useState<"sale" | "day">("sale");
  const [step, setStep] = useState<number | null>(null);
  const { first, steps, stepMs } = spanOf(of, event, points[0]?.at);
  const shown = Math.min(step ?? steps, steps);
  const at = new Date(first + stepMs * shown).toISOString();
  // Asked once the hand rests: a drag passes through hundreds.
  const replay = useQuery(replayQuery(event.id, useLate(at, SETTLE_MS)));
  const then = replay.data;
  const label = t("insight.table", { of: t("insight.replay") });
  return (
    <section className="card pad stack" aria-labelledby="replay">
      <h2 className="h3" id="replay">
        {t("insight.replay")}
      </h2>
      <div className="seg" role="group" aria-label={t("insight.through")}>
        {(["sale", "day"] as const).map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={of === each}
            onClick={() => {
              setOf(each);
              setStep(null);
            }}
          >
            {t(`insight.of.${each}`)}
          </button>
        ))}
      </div>
      <label className="field" htmlFor="moment">
        <span className="label num">{format.when(at)}</span>
        <input
          id="moment"
          type="range"
          min={0}
          max={steps}
          value={shown}
          aria-valuetext={format.when(at)}
          onChange={({ target }) => setStep(Number(target.value))}
        />
      </label>
      {replay.isError && (
        <LoadError error={replay.error} what={t("insight.error")} retry={() => void replay.refetch()} />
      )}
      {then && (
        <>
          <p className="num">
            {t("insight.stood", {
              sold: format.number(then.ticketsSold),
              revenue: format.money(then.revenue, then.currency),
              inside: format.number(then.checkedIn),
            })}
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keyboard, too */}
          <section className="org-scroll" aria-label={label} tabIndex={0}>
            <table className="org-table">
              <tbody>
                {then.sections.map((section) => (
                  <tr key={section.sectionId}>
                    <td>{section.name}</td>
                    <td>
                      <meter
                        min={0}
                        max={Math.max(1, section.capacity)}
                        value={section.sold}
                        aria-hidden="true"
                      />
                    </td>
                    <td className="n">
                      {format.number(section.sold)} / {format.number(section.capacity)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </>
      )}
    </section>
  );
}
