import { useCallback, useDeferredValue, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useParams } from "react-router";
import { Camera } from "@/features/gate/camera";
import { Counters, Finder, ScanLog, Wedge } from "@/features/gate/desk";
import { GateEngine } from "@/features/gate/engine";
import type { GateState } from "@/features/gate/gate-state";
import { toneOf, type Verdict } from "@/features/gate/judging";
import { lastGate, rememberGate } from "@/features/gate/last-gate";
import { signal } from "@/features/gate/signals";
import { Asking, VerdictPanel } from "@/features/gate/verdict-panel";
import { useWakeLock } from "@/shared/gate/use-wake-lock";
import { useWedge } from "@/shared/gate/use-wedge";
import { Icon } from "@/shared/ui/icon";
import { Note, Panel } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { RequirePerson } from "../shell/require-person";
import "./gate.css";

export function GateRoute() {
  const { eventId = "" } = useParams();
  return (
    <RequirePerson>
      <Gate key={eventId} eventId={eventId} />
    </RequirePerson>
  );
}

/** Where the icon of the device leads to: the gate that was opened last, with a network or without. */
export function LastGateRoute() {
  const { t } = useTranslation();
  const last = lastGate();
  if (last !== null) return <Navigate to={`/gate/${last}`} replace />;
  return (
    <main className="center" id="main">
      <Panel icon="gate" level={1} title={t("gate.none.title")} text={t("gate.none.text")}>
        <Link className="btn btn-line" to="/organizer">
          {t("gate.none.go")}
        </Link>
      </Panel>
    </main>
  );
}

const tell = (verdict: Verdict) => signal(toneOf(verdict.kind));

function Gate({ eventId }: { eventId: string }) {
  const { t } = useTranslation();
  const engine = useMemo(() => new GateEngine(eventId, tell), [eventId]);
  const state = useSyncExternalStore(engine.watch, engine.state);
  const [isOut, setOut] = useState(false);
  usePageTitle(t("gate.title"));
  rememberGate(eventId);
  useWakeLock(true);
  const { gate } = state;
  const where = useRef({ gate, isOut });
  where.current = { gate, isOut };
  // The same function all evening: what only reads codes is not drawn anew with each verdict.
  const read = useCallback((text: string) => void engine.scan(text, where.current).then(tell), [engine]);
  useWedge(read);
  const { shown } = state;
  // Whoever holds the phone looks at the verdict: what it adds to the desk is drawn right after it.
  const later = useDeferredValue(state);
  const ticket = shown !== null && "ticket" in shown.verdict ? shown.verdict.ticket : undefined;
  if (state.isLocked)
    return (
      <main className="center" id="main">
        <Panel icon="lock" level={1} title={t("gate.locked.title")} text={t("gate.locked.text")} />
      </main>
    );
  return (
    <div className="gate" data-theme="dark">
      <main className="gate-cam" id="main">
        <Camera onCode={read} />
        <div className="gate-top">
          <Sync state={state} />
        </div>
        {state.isAsking && <Asking gate={gate} />}
        {shown !== null && !state.isAsking && (
          <VerdictPanel
            shown={shown}
            section={ticket === undefined ? "" : engine.sectionName(ticket.sectionId)}
            onNext={engine.next}
          />
        )}
      </main>
      <aside className="gate-side" aria-label={t("gate.desk")}>
        <div className="row between">
          <h1 className="shout text-[24px]">{gate}</h1>
          <Direction isOut={isOut} onChange={setOut} />
        </div>
        <GateChoice gates={state.gates} gate={gate} onChange={engine.choose} />
        <Counters here={later.admittedHere} inside={later.inside} tickets={later.tickets} />
        {!state.isOnline && (
          <Note tone="warn" icon="nowifi" title={t("gate.offline.title")}>
            <p className="s13">{t("gate.offline.text", { count: state.kept })}</p>
          </Note>
        )}
        {!state.isRegistered && state.isReady && (
          <Note tone="info" title={t("gate.unregistered.title")}>
            <p className="s13">{t("gate.unregistered.text")}</p>
          </Note>
        )}
        {state.conflicts > 0 && <Note tone="warn" title={t("gate.conflicts", { count: state.conflicts })} />}
        <Wedge onCode={read} />
        <Finder engine={engine} onFound={(found) => void engine.admit(found, { gate, isOut }).then(tell)} />
        <ScanLog log={later.log} engine={engine} />
        <Link className="btn btn-line justify-self-start" to={`/gate/${eventId}/box-office`}>
          <Icon name="ticket" className="i-s" />
          {t("gate.boxOffice")}
        </Link>
      </aside>
    </div>
  );
}

function Sync({ state }: { state: GateState }) {
  const { t } = useTranslation();
  // Not before the list is there: until then nothing can be decided without a network.
  const isInStep = state.isOnline && !state.isSignedOut && state.isReady;
  const kept = state.isSignedOut ? "gate.signedOut" : "gate.kept";
  const isFetching = state.isOnline && !state.isSignedOut && !state.isReady;
  const words = isInStep
    ? t("gate.online")
    : isFetching
      ? t("action.loading")
      : t(kept, { count: state.kept });
  return (
    <span className={isInStep ? "gate-chip" : "gate-chip off"} role="status">
      <Icon name={isInStep ? "check" : "nowifi"} className="i-s" />
      <span className="num">{words}</span>
    </span>
  );
}

function Direction({ isOut, onChange }: { isOut: boolean; onChange: (isOut: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      className="btn btn-line btn-sm"
      aria-pressed={isOut}
      onClick={() => onChange(!isOut)}
    >
      {isOut ? t("gate.out") : t("gate.in")}
    </button>
  );
}

function GateChoice({
  gates,
  gate,
  onChange,
}: {
  gates: readonly string[];
  gate: string;
  onChange: (gate: string) => void;
}) {
  const { t } = useTranslation();
  if (gates.length < 2) return null;
  return (
    <div className="field">
      <label htmlFor="gate-choice">{t("gate.choose")}</label>
      <select
        id="gate-choice"
        className="input"
        value={gate}
        onChange={({ target }) => {
          onChange(target.value);
          // Who chose by finger is done with it: a hand scanner's letters would choose another.
          if (!target.matches(":focus-visible")) target.blur();
        }}
      >
        {gates.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </div>
  );
}
