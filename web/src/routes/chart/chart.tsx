import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { documentQuery, Overtaken, saveChart, takeAnyway } from "@/features/chart/api";
import { Bring } from "@/features/chart/bring";
import { Canvas } from "@/features/chart/canvas";
import { Gates, Refused, Sections } from "@/features/chart/lists";
import { added, type Plan, placesIn, planOf } from "@/features/chart/plan";
import { SectionPanel } from "@/features/chart/section-panel";
import { usePlan } from "@/features/chart/use-plan";
import { AttemptKeys } from "@/shared/api/attempt-key";
import { venueQuery } from "@/shared/api/catalog";
import type { ChartDocument, Venue } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";
import "./chart.css";

const attempts = new AttemptKeys();

export function ChartRoute() {
  const { t } = useTranslation();
  const { venueId = "" } = useParams();
  const venue = useQuery(venueQuery(venueId));
  const [chartId, setChartId] = useState<string>();
  const wanted = chartId ?? venue.data?.chartId;
  const document = useQuery(documentQuery(venueId, wanted));
  const [brought, setBrought] = useState<{ document: ChartDocument; nth: number } | null>(null);
  usePageTitle(venue.data?.name ?? t("plan.title"));
  const failed = venue.error ?? document.error;
  const shown = brought?.document ?? document.data;
  return (
    <main className="org-main" id="main">
      {venue.data && shown ? (
        <Editor
          key={`${wanted} ${brought?.nth ?? 0}`}
          venue={venue.data}
          first={shown}
          isBrought={brought !== null}
          bring={(next) => setBrought({ document: next, nth: (brought?.nth ?? 0) + 1 })}
          saved={(id) => {
            setBrought(null);
            setChartId(id);
          }}
        />
      ) : (
        <>
          <h1 className="shout">{t("plan.title")}</h1>
          {failed === null ? (
            <div className="sk h-64" aria-busy="true" />
          ) : (
            <LoadError error={failed} what={t("plan.error")} retry={() => void document.refetch()} />
          )}
        </>
      )}
    </main>
  );
}

function Editor({
  venue,
  first,
  isBrought,
  bring,
  saved,
}: {
  venue: Venue;
  first: ChartDocument;
  isBrought: boolean;
  bring: (document: ChartDocument) => void;
  saved: (chartId: string) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [start] = useState<Plan>(() => planOf(first));
  const planning = usePlan(start);
  const [chosen, setChosen] = useState<number | null>(null);
  const { settled: plan, change } = planning;
  const done = async (id: string) => {
    attempts.settle();
    await client.invalidateQueries({ queryKey: venueQuery(venue.id).queryKey });
    saved(id);
  };
  const save = useMutation({
    mutationFn: () =>
      saveChart(venue.id, plan, {
        version: venue.version,
        key: attempts.keyFor(plan),
        kept: () => attempts.settle(),
      }),
    onSuccess: ({ id }) => done(id),
    onError: (error) => attempts.settle(error),
  });
  const anyway = useMutation({
    mutationFn: (chartId: string) => takeAnyway(venue.id, chartId),
    onSuccess: ({ id }) => done(id),
  });
  const keys = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    if (event.shiftKey) planning.redo();
    else planning.undo();
  };
  const overtaken = save.error instanceof Overtaken ? save.error.message : null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys for undo and redo, which are buttons as well
    <div className="stack" onKeyDown={keys}>
      <div className="org-head">
        <div className="min-w-0">
          <h1 className="shout">{t("plan.of", { name: venue.name })}</h1>
          <p className="s13 muted num">
            {t("plan.sum", {
              sections: format.number(plan.sections.length),
              places: format.number(plan.sections.reduce((sum, section) => sum + placesIn(section), 0)),
            })}
          </p>
        </div>
        <span className="grow" />
        {(["undo", "redo"] as const).map((way) => (
          <button
            key={way}
            type="button"
            className="icon-btn"
            aria-label={t(`plan.${way}`)}
            disabled={way === "undo" ? !planning.canUndo : !planning.canRedo}
            onClick={planning[way]}
          >
            <Icon name="undo" className={way === "redo" ? "plan-mirrored" : ""} />
          </button>
        ))}
        <button
          type="button"
          className="btn btn-flood"
          disabled={(!planning.isChanged && !isBrought) || save.isPending || anyway.isPending}
          onClick={() => save.mutate()}
        >
          {save.isPending || anyway.isPending ? <Busy>{t("plan.saving")}</Busy> : t("plan.save")}
        </button>
      </div>
      {overtaken !== null ? (
        <Note tone="warn" title={t("plan.overtaken")} live>
          <p>{t("plan.overtakenText")}</p>
          <button
            type="button"
            className="btn btn-solid btn-sm mt-3"
            onClick={() => anyway.mutate(overtaken)}
          >
            {t("plan.anyway")}
          </button>
        </Note>
      ) : (
        save.isError && <Refused error={save.error} plan={plan} />
      )}
      <div className="plan-desk">
        <div className="card pad stack">
          <Canvas planning={planning} chosen={chosen} choose={setChosen} />
          <p className="s13 muted">{t("plan.hint")}</p>
          <div className="row flex-wrap gap-3">
            <button
              type="button"
              className="btn btn-line"
              onClick={() => {
                change(added(plan, t("plan.section", { n: plan.sections.length + 1 })));
                setChosen(plan.sections.length);
              }}
            >
              <Icon name="plus" />
              {t("plan.add")}
            </button>
            <Bring venueId={venue.id} bring={bring} />
          </div>
        </div>
        <aside className="stack">
          {chosen !== null && (
            <SectionPanel key={chosen} {...{ planning, index: chosen, choose: setChosen }} />
          )}
          <Sections plan={plan} chosen={chosen} choose={setChosen} />
          <Gates plan={plan} change={change} />
        </aside>
      </div>
    </div>
  );
}
