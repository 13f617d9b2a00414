import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import type { Shown } from "./gate-state";
import { type Tone, toneOf } from "./judging";
import { seatOn } from "./place";

/** Colour, word and shape over the whole camera: to be told apart in rain, by who sees no red, and by ear. */
export function VerdictPanel({
  shown,
  section,
  onNext,
}: {
  shown: Shown;
  section: string;
  onNext: () => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { verdict } = shown;
  const tone = toneOf(verdict.kind);
  const ticket = "ticket" in verdict ? verdict.ticket : undefined;
  return (
    <section className={`verdict v-${tone}`} role="alert" data-verdict={verdict.kind}>
      <div className="top2">
        <span className="num">{shown.gate}</span>
        <span>{shown.isLocal ? t("gate.local") : t("gate.server")}</span>
      </div>
      <div className="mid">
        <Shape tone={tone} />
        <p className="word">{t(`gate.verdict.${verdict.kind}`)}</p>
        {ticket !== undefined && (
          <dl className="det">
            <div>
              <dt>{t("sign.section")}</dt>
              <dd className="score">{section}</dd>
            </div>
            {ticket.row && (
              <div>
                <dt>{t("sign.row")}</dt>
                <dd className="score">{ticket.row}</dd>
              </div>
            )}
            {seatOn(ticket) !== undefined && (
              <div>
                <dt>{t("sign.seat")}</dt>
                <dd className="score">{seatOn(ticket)}</dd>
              </div>
            )}
          </dl>
        )}
        {verdict.kind === "already" && verdict.at !== undefined && (
          <p>{t("gate.wentIn", { gate: verdict.gate, time: format.time(verdict.at) })}</p>
        )}
        {verdict.kind === "wrongGate" && <p>{t("gate.goTo", { gates: verdict.gates.join(", ") })}</p>}
        {verdict.kind === "unsure" && <p>{t("gate.unsure")}</p>}
        {ticket?.name && <p>{ticket.name}</p>}
      </div>
      <button type="button" className="btn" onClick={onNext}>
        {t("gate.next")}
      </button>
    </section>
  );
}

/** Within the moment in which an answer is awaited: this one has been read, and is asked about. */
export function Asking({ gate }: { gate: string }) {
  const { t } = useTranslation();
  return (
    <section className="verdict v-warn" role="status">
      <div className="top2">
        <span className="num">{gate}</span>
      </div>
      <div className="mid">
        <Shape tone="warn" />
        <p className="word">{t("gate.asking")}</p>
        <p>{t("gate.askingText")}</p>
      </div>
    </section>
  );
}

export function Shape({ tone }: { tone: Tone }) {
  return (
    <svg className="shape" viewBox="0 0 100 100" fill="none" aria-hidden="true">
      {tone === "ok" && (
        <>
          <circle cx="50" cy="50" r="44" />
          <path d="m30 51 14 15 27-31" />
        </>
      )}
      {tone === "no" && (
        <>
          <path d="M31 5h38l26 26v38L69 95H31L5 69V31z" />
          <path d="m35 35 30 30M65 35 35 65" />
        </>
      )}
      {tone === "warn" && (
        <>
          <path d="M50 4 96 50 50 96 4 50z" />
          <path d="M28 50h42M54 33l17 17-17 17" />
        </>
      )}
    </svg>
  );
}
