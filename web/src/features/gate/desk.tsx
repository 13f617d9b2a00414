import { type FormEvent, memo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ManifestTicket } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import type { GateEngine } from "./engine";
import type { Shown } from "./gate-state";
import { toneOf } from "./judging";
import { seatOn } from "./place";
import { Shape } from "./verdict-panel";

/** For hand scanners, which type the code and press Enter; and for fingers. */
export const Wedge = memo(function Wedge({ onCode }: { onCode: (text: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const code = text.trim();
    setText("");
    if (code !== "") onCode(code);
  };
  return (
    <form className="wedge" onSubmit={submit}>
      <label htmlFor="wedge">{t("gate.wedge")}</label>
      <input
        id="wedge"
        className="input"
        value={text}
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        onChange={(event) => setText(event.target.value)}
      />
    </form>
  );
});

/** Whoever has no phone any more: found by name, where the device is registered. */
export function Finder({
  engine,
  onFound,
}: {
  engine: GateEngine;
  onFound: (ticket: ManifestTicket) => void;
}) {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const found = engine.find(words);
  return (
    <section className="wedge" aria-label={t("gate.find")}>
      <label htmlFor="find">{t("gate.find")}</label>
      <input
        id="find"
        type="search"
        className="input"
        autoComplete="off"
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
      <ul className="gate-found">
        {found.map((ticket) => (
          <li key={ticket.ticketId}>
            <button type="button" className="btn btn-line btn-block" onClick={() => onFound(ticket)}>
              <span className="grow trunc">
                {ticket.name} · {engine.sectionName(ticket.sectionId)} {ticket.row} {seatOn(ticket)}
              </span>
              <Icon name="right" className="i-s" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

export const ScanLog = memo(function ScanLog({ log, engine }: { log: readonly Shown[]; engine: GateEngine }) {
  const { t } = useTranslation();
  return (
    <ol className="gate-log" aria-label={t("gate.log")}>
      {log.map((shown) => (
        <LogLine key={shown.id} shown={shown} section={sectionOf(shown, engine)} />
      ))}
    </ol>
  );
});

function sectionOf({ verdict }: Shown, engine: GateEngine): string {
  const ticket = "ticket" in verdict ? verdict.ticket : undefined;
  return ticket === undefined ? "" : engine.sectionName(ticket.sectionId);
}

/** Drawn once: of fifty lines a verdict adds one. */
const LogLine = memo(function LogLine({ shown, section }: { shown: Shown; section: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { verdict } = shown;
  const ticket = "ticket" in verdict ? verdict.ticket : undefined;
  const tone = toneOf(verdict.kind);
  return (
    <li>
      <span className={`mark text-${tone}`}>
        <Shape tone={tone} />
      </span>
      <span className="min-w-0">
        <b>{t(`gate.verdict.${verdict.kind}`)}</b>
        <br />
        <span className="s13 muted">
          {ticket && [section, ticket.row, seatOn(ticket)].filter(Boolean).join(" · ")}
        </span>
      </span>
      <span className="s13 muted num">{format.time(new Date(shown.at).toISOString())}</span>
    </li>
  );
});

export const Counters = memo(function Counters({
  here,
  inside,
  tickets,
}: {
  here: number;
  inside: number;
  tickets: number;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <dl className="gate-counts" aria-label={t("gate.counters")}>
      <div>
        <dt>{t("gate.here")}</dt>
        <dd className="score">{format.number(here)}</dd>
      </div>
      <div>
        <dt>{t("gate.inside")}</dt>
        <dd className="score">{format.number(inside)}</dd>
      </div>
      <div>
        <dt>{t("gate.tickets")}</dt>
        <dd className="score">{format.number(tickets)}</dd>
      </div>
    </dl>
  );
});
