import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { ArenaEvent, Repeat } from "@/shared/api/contract";
import { CountInput } from "@/shared/ui/count-input";
import { Icon } from "@/shared/ui/icon";
import { Busy, Note } from "@/shared/ui/states";
import { ownEventQuery, ownEventsKey, repeatEvent } from "./api";

const attempts = new AttemptKeys();
const STEPS = ["DAY", "WEEK", "FORTNIGHT", "MONTH"] as const;
const TIMES_MAX = 52;

/** The dates of a season or a run: drafts of one series, made at once. */
export function RepeatEvent({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [every, setEvery] = useState<Repeat["every"]>("WEEK");
  const [times, setTimes] = useState(4);
  const repeat = useMutation({
    mutationFn: (body: Repeat) => repeatEvent(event.id, body, attempts.keyFor({ ...body, of: event.id })),
    onSuccess: () => {
      attempts.settle();
      void client.invalidateQueries({ queryKey: ownEventQuery(event.id).queryKey });
      void client.invalidateQueries({ queryKey: ownEventsKey(event.organizationId) });
    },
    onError: (error) => attempts.settle(error),
  });
  const submit = (submitted: FormEvent) => {
    submitted.preventDefault();
    if (!repeat.isPending) repeat.mutate({ every, times });
  };
  return (
    <form className="card pad stack" aria-labelledby="repeat" onSubmit={submit}>
      <h2 className="h3" id="repeat">
        {t("org.repeat.title")}
      </h2>
      <div className="field">
        <label htmlFor="repeat-every">{t("org.repeat.every")}</label>
        <select
          id="repeat-every"
          className="input"
          value={every}
          onChange={({ target }) => setEvery(target.value as Repeat["every"])}
        >
          {STEPS.map((step) => (
            <option key={step} value={step}>
              {t(`org.repeat.${step}`)}
            </option>
          ))}
        </select>
      </div>
      <CountInput
        id="repeat-times"
        label={t("org.repeat.times")}
        value={times}
        min={1}
        max={TIMES_MAX}
        hint={t("org.repeat.hint")}
        onChange={(many) => many !== null && setTimes(many)}
      />
      <button type="submit" className="btn btn-line" disabled={repeat.isPending}>
        {repeat.isPending ? (
          <Busy>{t("org.repeat.busy")}</Busy>
        ) : (
          <>
            <Icon name="cal" />
            {t("org.repeat.do", { count: times })}
          </>
        )}
      </button>
      {repeat.isError && <Note tone="no" title={t("org.repeat.failed")} live />}
      {repeat.isSuccess && (
        <Note tone="ok" title={t("org.repeat.done", { count: repeat.data.length })} live>
          <Link to="/organizer">{t("org.repeat.see")}</Link>
        </Note>
      )}
    </form>
  );
}
