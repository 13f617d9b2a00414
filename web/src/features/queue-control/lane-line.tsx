import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { QueueLane } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { Note } from "@/shared/ui/states";
import { changeLane, controlKey, endLane, isShare } from "./api";

interface Props {
  eventId: string;
  lane: QueueLane;
  /** A code that nobody can read again: now it can be sent. */
  onCode: (code: string) => void;
}

/** A lane as it stands; its share, its code, its end. Everybody's has a share alone. */
export function LaneLine({ eventId, lane, onCode }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const [isAsked, setAsked] = useState(false);
  const name = lane.name === "" ? t("control.everybody") : lane.name;
  const end = useMutation({
    mutationFn: () => endLane(eventId, lane.lane),
    onSettled: () => setAsked(false),
    onSuccess: () => client.invalidateQueries({ queryKey: controlKey(eventId) }),
  });
  return (
    <li className="grid gap-2">
      <div className="row between num flex-wrap gap-2">
        <span>
          {name}
          {lane.ended && <span className="pill pill-off ml-2">{t("control.ended")}</span>}
        </span>
        <span className="muted">
          {t("control.laneIs", {
            share: lane.share,
            waiting: format.number(lane.people - lane.serving),
            people: format.number(lane.people),
          })}
        </span>
        <span className="row gap-2">
          <button
            type="button"
            className="btn btn-line btn-sm"
            aria-expanded={isOpen}
            aria-label={t("control.changeOf", { name })}
            onClick={() => setOpen(!isOpen)}
          >
            {t(lane.ended ? "control.openAgain" : "control.change")}
          </button>
          {lane.lane !== 0 && !lane.ended && (
            <button
              type="button"
              className={isAsked ? "btn btn-no btn-sm" : "btn btn-line btn-sm"}
              aria-label={t(isAsked ? "control.endSureOf" : "control.endOf", { name })}
              disabled={end.isPending}
              onBlur={() => setAsked(false)}
              onClick={() => (isAsked ? end.mutate() : setAsked(true))}
            >
              {t(isAsked ? "control.endSure" : "control.end")}
            </button>
          )}
        </span>
      </div>
      {isOpen && <Change eventId={eventId} lane={lane} onCode={onCode} done={() => setOpen(false)} />}
      {end.isError && <Note tone="no" title={t("control.notChanged")} live />}
    </li>
  );
}

function Change({ eventId, lane, onCode, done }: Props & { done: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const ids = { share: useId(), code: useId() };
  const [share, setShare] = useState(String(lane.share));
  const [code, setCode] = useState("");
  const given = code.trim();
  const change = useMutation({
    mutationFn: () =>
      changeLane(eventId, lane.lane, {
        ...(Number(share) !== lane.share && { share: Number(share) }),
        ...(given !== "" && { code: given }),
      }),
    onSuccess: () => {
      if (given !== "") onCode(given);
      done();
      return client.invalidateQueries({ queryKey: controlKey(eventId) });
    },
  });
  const isReady = isShare(share) && (given !== "" || (!lane.ended && Number(share) !== lane.share));
  return (
    <form
      className="row flex-wrap items-end gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) change.mutate();
      }}
    >
      <label className="grid gap-1" htmlFor={ids.share}>
        <span className="s13 muted">{t("control.lane.share")}</span>
        <input
          id={ids.share}
          className="input w-36"
          inputMode="numeric"
          maxLength={3}
          value={share}
          aria-invalid={!isShare(share)}
          onChange={({ target }) => setShare(target.value)}
        />
      </label>
      {lane.lane !== 0 && (
        <label className="grid gap-1" htmlFor={ids.code}>
          <span className="s13 muted">{t(lane.ended ? "control.lane.code" : "control.newCode")}</span>
          <input
            id={ids.code}
            className="input w-36"
            maxLength={40}
            autoComplete="off"
            value={code}
            onChange={({ target }) => setCode(target.value)}
          />
        </label>
      )}
      <button type="submit" className="btn btn-line" disabled={!isReady} aria-busy={change.isPending}>
        {t("control.keepLane")}
      </button>
      {change.isError && (
        <Note
          tone="no"
          title={t(codeOf(change.error) === "CONFLICT003" ? "control.codeTaken" : "control.notChanged")}
          live
        />
      )}
    </form>
  );
}
