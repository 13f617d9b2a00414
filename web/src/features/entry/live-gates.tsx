import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import type { GateUpdate } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { LiveMark } from "@/shared/ui/live-mark";
import { LoadError, Note, Panel } from "@/shared/ui/states";
import { gateFeed, liveQuery } from "./api";

const nothing = (): null => null;

/** Who came in where, who is inside, and what to do about it. */
export function LiveGates({ eventId }: { eventId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const live = useQuery(liveQuery(eventId));
  const feed = useMemo(() => gateFeed(eventId, client), [eventId, client]);
  useSyncExternalStore(feed.watch, nothing);
  return (
    <section className="stack gap-4" aria-labelledby="entry-live">
      <div className="row between flex-wrap">
        <h2 className="h3" id="entry-live">
          {t("entry.live.title")}
        </h2>
        <LiveMark live={feed} />
      </div>
      {live.isError && (
        <LoadError error={live.error} what={t("entry.live.error")} retry={() => void live.refetch()} />
      )}
      {live.isPending && <div className="sk h-40" aria-busy="true" />}
      {live.data !== undefined && <Counts counts={live.data} />}
    </section>
  );
}

function Counts({ counts }: { counts: GateUpdate }) {
  const { t } = useTranslation();
  const format = useFormat();
  const total = [
    ["admitted", counts.admitted],
    ["inside", counts.inside],
    ["perMinute", counts.perMinute],
  ] as const;
  return (
    <>
      <dl className="lfacts entry-facts">
        {total.map(([name, value]) => (
          <div key={name}>
            <dt>{t(`entry.live.${name}`)}</dt>
            <dd className="score">{format.number(value)}</dd>
          </div>
        ))}
      </dl>
      {counts.zones?.map(({ zone, alarm, inside, capacity }) =>
        alarm == null ? null : (
          <Note
            key={zone}
            tone={alarm === "FULL" ? "no" : "warn"}
            icon="alert"
            title={t(`entry.alarm.${alarm}`, { zone })}
            live
          >
            <p className="s13 num">
              {t("entry.alarm.count", {
                inside: format.number(inside),
                capacity: format.number(capacity ?? 0),
              })}
            </p>
          </Note>
        ),
      )}
      {counts.advice?.map(({ gate, kind, sendTo }) => (
        <Note key={gate} tone="warn" icon="gate" title={t(`entry.advice.${kind}`, { gate })} live>
          <p>{sendTo == null ? t("entry.advice.look") : t("entry.advice.send", { gate: sendTo })}</p>
        </Note>
      ))}
      {counts.gates.length === 0 ? (
        <div className="card">
          <Panel icon="gate" title={t("entry.live.none")} text={t("entry.live.noneText")} />
        </div>
      ) : (
        <Gates counts={counts} />
      )}
      {(counts.zones?.length ?? 0) > 0 && <Zones counts={counts} />}
    </>
  );
}

function Gates({ counts }: { counts: GateUpdate }) {
  const { t } = useTranslation();
  const format = useFormat();
  const most = Math.max(1, ...counts.gates.map(({ perMinute }) => perMinute));
  return (
    <table className="entry-table card">
      <caption className="sr-only">{t("entry.live.byGate")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("entry.gate")}</th>
          <th scope="col">{t("entry.live.perMinute")}</th>
          <th scope="col" className="entry-num">
            {t("entry.live.admitted")}
          </th>
        </tr>
      </thead>
      <tbody>
        {counts.gates.map(({ gate, admitted, perMinute }) => (
          <tr key={gate}>
            <th scope="row" className="trunc">
              {gate}
            </th>
            <td>
              <span className="row">
                <span className="entry-bar" aria-hidden="true">
                  <i style={{ inlineSize: `${(perMinute / most) * 100}%` }} />
                </span>
                <span className="num">{format.number(perMinute)}</span>
              </span>
            </td>
            <td className="entry-num num">{format.number(admitted)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Zones({ counts }: { counts: GateUpdate }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <dl className="entry-zones">
      {counts.zones?.map(({ zone, inside, capacity }) => (
        <div key={zone} className="card pad">
          <dt className="label trunc">{zone}</dt>
          <dd>
            <span className="score">{format.number(inside)}</span>{" "}
            {capacity != null && <span className="muted">{t("entry.of", { count: capacity })}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
