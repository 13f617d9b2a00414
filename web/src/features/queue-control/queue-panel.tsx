import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { QueueControl } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { LoadError, Note, Panel } from "@/shared/ui/states";
import { type ControlChange, changeMutation, controlKey, controlQuery, historyQuery } from "./api";
import { Lanes } from "./lanes";
import { LineFigures } from "./line-figures";
import { QueueChart } from "./queue-chart";

const INSIDE_MAX = 1_000_000;

/** The waiting room of an event, as its organizer steers it; for a page of its own or any dashboard. */
export function QueuePanel({ eventId }: { eventId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const control = useQuery(controlQuery(eventId));
  const history = useQuery({ ...historyQuery(eventId), enabled: control.data !== undefined });
  const change = useMutation({
    ...changeMutation(eventId),
    onSuccess: (next) => client.setQueryData(controlKey(eventId), next),
  });
  if (control.data === undefined) {
    if (control.isPending) return <div className="sk h-64" aria-busy="true" />;
    if (codeOf(control.error) === "CONFLICT003")
      return <Panel icon="users" title={t("control.none.title")} text={t("control.none.text")} />;
    return <LoadError error={control.error} what={t("control.error")} retry={() => void control.refetch()} />;
  }
  const room = control.data;
  return (
    <div className="grid gap-5">
      {control.isError && <Note tone="off" title={t("control.late")} />}
      <LineFigures room={room} word={(name) => t(`control.${name}`)} />
      <QueueChart points={history.data ?? []} />
      <Switches room={room} isBusy={change.isPending} change={change.mutate} />
      <InsideMax key={`most ${room.insideMax}`} room={room} change={change.mutate} />
      <Word key={`word ${room.message}`} room={room} change={change.mutate} />
      <Lanes eventId={eventId} room={room} />
      {change.isError && (
        <LoadError error={change.error} what={t("control.notChanged")} retry={() => change.reset()} />
      )}
    </div>
  );
}

interface Changing {
  room: QueueControl;
  change: (change: ControlChange) => void;
}

function Switches({ room, isBusy, change }: Changing & { isBusy: boolean }) {
  const { t } = useTranslation();
  const id = useId();
  const [rate, setRate] = useState(String(room.admitPerMinute));
  const isRate = /^\d{1,7}$/.test(rate);
  return (
    <section className="grid gap-3" aria-label={t("control.steer")}>
      <form
        className="row flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (isRate) change({ admitPerMinute: Number(rate) });
        }}
      >
        <label className="grid gap-1" htmlFor={id}>
          <span className="s13 muted">{t("control.rate")}</span>
          <input
            id={id}
            className="input w-40"
            inputMode="numeric"
            value={rate}
            aria-invalid={!isRate}
            onChange={(event) => setRate(event.target.value)}
          />
        </label>
        <button type="submit" className="btn btn-solid" disabled={!isRate} aria-busy={isBusy}>
          {t("control.setRate")}
        </button>
        <button type="button" className="btn btn-line" onClick={() => change({ paused: !room.paused })}>
          {t(room.paused ? "control.goOn" : "control.pause")}
        </button>
        <button type="button" className="btn btn-line" onClick={() => change({ draining: !room.draining })}>
          {t(room.draining ? "control.takeMore" : "control.drain")}
        </button>
      </form>
      {room.paused && <Note tone="warn" icon="pause" title={t("control.isPaused")} />}
      {room.draining && <Note tone="info" title={t("control.isDraining")} />}
    </section>
  );
}

/** How many may be in the shop at a time; with nothing in the field nobody counts. */
function InsideMax({ room, change }: Changing) {
  const { t } = useTranslation();
  const id = useId();
  const [most, setMost] = useState(room.insideMax === null ? "" : String(room.insideMax));
  const isMost = most === "" || (/^\d{1,7}$/.test(most) && Number(most) >= 1 && Number(most) <= INSIDE_MAX);
  return (
    <form
      className="row flex-wrap items-end gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (isMost) change({ insideMax: most === "" ? null : Number(most) });
      }}
    >
      <label className="grid gap-1" htmlFor={id}>
        <span className="s13 muted">{t("control.insideMax")}</span>
        <input
          id={id}
          className="input w-40"
          inputMode="numeric"
          value={most}
          aria-invalid={!isMost}
          onChange={(event) => setMost(event.target.value.trim())}
        />
      </label>
      <button type="submit" className="btn btn-line" disabled={!isMost}>
        {t("control.setInsideMax")}
      </button>
    </form>
  );
}

function Word({ room, change }: Changing) {
  const { t } = useTranslation();
  const id = useId();
  const [words, setWords] = useState(room.message ?? "");
  return (
    <form
      className="grid gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        change({ message: words.trim() === "" ? null : words.trim() });
      }}
    >
      <label className="s13 muted" htmlFor={id}>
        {t("control.word")}
      </label>
      <input
        id={id}
        className="input"
        maxLength={300}
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
      <button type="submit" className="btn btn-line justify-self-start">
        {t("control.say")}
      </button>
    </form>
  );
}
