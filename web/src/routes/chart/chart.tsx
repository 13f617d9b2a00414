import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { type Current, documentQuery, Overtaken, saveChart, takeAnyway } from "@/features/chart/api";
import { Bring } from "@/features/chart/bring";
import { Canvas } from "@/features/chart/canvas";
import { Earlier } from "@/features/chart/earlier";
import { dropPlan, keepPlan, keptPlan } from "@/features/chart/kept-plan";
import { Gates, Refused, Sections } from "@/features/chart/lists";
import { Beside, KeptOffer, Newer } from "@/features/chart/notes";
import { added, type Plan, planOf } from "@/features/chart/plan";
import { PlanHead } from "@/features/chart/plan-head";
import { SectionPanel } from "@/features/chart/section-panel";
import { Together } from "@/features/chart/together-view";
import { usePlan } from "@/features/chart/use-plan";
import { AttemptKeys } from "@/shared/api/attempt-key";
import { venueQuery } from "@/shared/api/catalog";
import type { ChartDocument, Venue } from "@/shared/api/contract";
import { Icon } from "@/shared/ui/icon";
import { LeaveGuard } from "@/shared/ui/leave-guard";
import { LoadError } from "@/shared/ui/states";
import { useHeard } from "@/shared/ui/use-heard";
import { usePageTitle } from "@/shared/ui/use-page-title";
import "./chart.css";

const attempts = new AttemptKeys();

export function ChartRoute() {
  const { t } = useTranslation();
  const { venueId = "" } = useParams();
  const venue = useQuery(venueQuery(venueId));
  usePageTitle(venue.data?.name ?? t("plan.title"));
  return (
    <main className="org-main" id="main">
      {venue.data ? (
        <Desk key={venueId} venue={venue.data} />
      ) : (
        <Waiting error={venue.error} retry={() => void venue.refetch()} />
      )}
    </main>
  );
}

function Waiting({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <h1 className="shout">{t("plan.title")}</h1>
      {error === null ? (
        <div className="sk h-64" aria-busy="true" />
      ) : (
        <LoadError error={error} what={t("plan.error")} retry={retry} />
      )}
    </>
  );
}

/** What a drawing begins with: a chart of the venue, or what was brought. */
interface Start {
  chartId: string;
  brought?: ChartDocument;
}

/** Which drawing lies on the desk. Another one comes by a hand alone: what is read anew takes nothing away. */
function Desk({ venue }: { venue: Venue }) {
  // Over which it is drawn: what was current when it began, or what was saved of it since.
  const [over, setOver] = useState<Current>({ chartId: venue.chartId, version: venue.version });
  const [start, setStart] = useState<Start>({ chartId: venue.chartId });
  const [nth, setNth] = useState(0);
  const [kept, setKept] = useState(() => keptPlan(venue.id));
  const document = useQuery(documentQuery(venue.id, start.brought ? undefined : start.chartId));
  const begin = (current: Current, brought?: ChartDocument) => {
    setKept(brought ? null : keptPlan(venue.id));
    setOver({ chartId: current.chartId, version: current.version });
    setStart({ chartId: current.chartId, ...(brought && { brought }) });
    setNth(nth + 1);
  };
  const first = start.brought ?? document.data;
  if (first === undefined) return <Waiting error={document.error} retry={() => void document.refetch()} />;
  return (
    <>
      {kept !== null && (
        <KeptOffer
          at={kept.at}
          take={() => begin(kept, kept.plan)}
          drop={() => {
            dropPlan(venue.id);
            setKept(null);
          }}
        />
      )}
      <Editor
        key={nth}
        {...{ venue, first, over, begin }}
        isBrought={start.brought !== undefined}
        goOn={setOver}
      />
    </>
  );
}

function Editor({
  venue,
  first,
  over,
  isBrought,
  begin,
  goOn,
}: {
  venue: Venue;
  first: ChartDocument;
  over: Current;
  isBrought: boolean;
  begin: (current: Current, brought?: ChartDocument) => void;
  /** With this drawing, over what was saved of it. */
  goOn: (current: Current) => void;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [origin] = useState<Plan>(() => planOf(first));
  const planning = usePlan(origin);
  const [chosen, setChosen] = useState<number | null>(null);
  const { settled: plan, change } = planning;
  const isUnsaved = planning.isChanged || isBrought;
  const latest = useRef(plan);
  latest.current = plan;
  useHeard(plan, () => {
    if (isUnsaved) keepPlan(venue.id, { ...over, plan, at: new Date().toISOString() });
    else if (plan === origin && planning.canRedo) dropPlan(venue.id);
  });
  const done = (current: Current, sent: Plan) => {
    attempts.settle();
    void client.invalidateQueries({ queryKey: venueQuery(venue.id).queryKey });
    // What was drawn while it was on its way is not in it.
    if (latest.current !== sent) return goOn(current);
    dropPlan(venue.id);
    begin(current);
  };
  const save = useMutation({
    mutationFn: (sent: Plan) =>
      saveChart(venue.id, sent, {
        over,
        key: attempts.keyFor(sent),
        kept: () => attempts.settle(),
      }),
    onSuccess: done,
    onError: (error) => {
      attempts.settle(error);
      if (error instanceof Overtaken)
        void client.invalidateQueries({ queryKey: venueQuery(venue.id).queryKey });
    },
  });
  const anyway = useMutation({
    mutationFn: ({ chartId }: { chartId: string; sent: Plan }) => takeAnyway(venue.id, chartId),
    onSuccess: (current, { sent }) => {
      save.reset();
      done(current, sent);
    },
  });
  /** Another drawing on the desk: a step, so that Undo brings back what lay there. */
  const lay = (document: ChartDocument) => {
    setChosen(null);
    change(planOf(document));
  };
  const keys = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    if (event.shiftKey) planning.redo();
    else planning.undo();
  };
  const isNewer = venue.version > over.version && venue.chartId !== over.chartId;
  const overtaken = save.error instanceof Overtaken ? save.error.message : null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys for undo and redo, which are buttons as well
    <div className="stack" onKeyDown={keys}>
      <PlanHead
        name={venue.name}
        planning={planning}
        isUnsaved={isUnsaved}
        isSaving={save.isPending || anyway.isPending}
        save={() => save.mutate(plan)}
      />
      <LeaveGuard isOpen={isUnsaved} text={t("plan.leave")} />
      {overtaken !== null ? (
        <Beside
          anyway={() => anyway.mutate({ chartId: overtaken, sent: save.variables ?? plan })}
          leave={() => {
            // It is one of the venue's charts; what was drawn since is kept here as before.
            if (latest.current === save.variables) dropPlan(venue.id);
            begin(venue);
          }}
        />
      ) : (
        <>
          {isNewer && <Newer isUnsaved={isUnsaved} open={() => begin(venue)} />}
          {save.isError && <Refused error={save.error} plan={plan} />}
        </>
      )}
      {isNewer && isUnsaved && (
        <Together
          venueId={venue.id}
          {...{ over, current: venue, mine: plan }}
          join={(both) => {
            keepPlan(venue.id, {
              chartId: venue.chartId,
              version: venue.version,
              plan: both,
              at: new Date().toISOString(),
            });
            begin(venue, both);
          }}
        />
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
            <Bring venueId={venue.id} bring={lay} />
          </div>
        </div>
        <aside className="stack">
          {chosen !== null && (
            <SectionPanel key={chosen} {...{ planning, index: chosen, choose: setChosen }} />
          )}
          <Sections plan={plan} chosen={chosen} choose={setChosen} />
          <Gates plan={plan} change={change} />
          <Earlier venueId={venue.id} open={lay} />
        </aside>
      </div>
    </div>
  );
}
