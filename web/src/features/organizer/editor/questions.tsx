import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { requestBytes } from "@/shared/api/client";
import type { ArenaEvent, AskedForm, NewForm } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { saveAs } from "@/shared/ui/save-as";
import { LoadError, Note } from "@/shared/ui/states";
import { questionsQuery, writeQuestions } from "../api";
import { type AskedQuestion, asksOf, blankQuestion, bodyOf, type Form, isReady, moved } from "./asking";
import { TimeInput } from "./inputs";
import { QuestionLine } from "./question-line";

const QUESTIONS_MAX = 20;

/** What is asked of who comes: names, and the organizer's own questions. Its own saved thing. */
export function Questions({ event, timezone }: { event: ArenaEvent; timezone: string }) {
  const { t } = useTranslation();
  const form = useQuery(questionsQuery(event.id));
  return (
    <section className="card pad stack" id="questions" aria-labelledby="questions-title">
      <h2 className="h2 shout" id="questions-title">
        {t("org.asks.title")}
      </h2>
      {form.isError && (
        <LoadError error={form.error} what={t("org.asks.error")} retry={() => void form.refetch()} />
      )}
      {form.isPending && <div className="sk h-24" aria-busy="true" />}
      {form.data && <Asking key={event.id} event={event} kept={form.data} timezone={timezone} />}
    </section>
  );
}

function Asking({ event, kept, timezone }: { event: ArenaEvent; kept: AskedForm; timezone: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form, setForm] = useState(() => asksOf(kept));
  const save = useMutation({
    mutationFn: (body: NewForm) => writeQuestions(event.id, body),
    onSuccess: (saved) => {
      client.setQueryData(questionsQuery(event.id).queryKey, saved);
      setForm(asksOf(saved));
    },
  });
  const change = (patch: Partial<Form>) => {
    save.reset();
    setForm({ ...form, ...patch });
  };
  const put = (key: string, patch: Partial<AskedQuestion>) =>
    change({ questions: form.questions.map((each) => (each.key === key ? { ...each, ...patch } : each)) });
  return (
    <>
      <label className="row min-h-11" htmlFor="holder-names">
        <input
          id="holder-names"
          type="checkbox"
          className="h-5 w-5 flex-none"
          checked={form.holderNames}
          onChange={({ target }) => change({ holderNames: target.checked })}
        />
        <span>
          <b className="block">{t("org.asks.names")}</b>
          <span className="s13 muted">{t("org.asks.namesHint")}</span>
        </span>
      </label>
      <ol className="org-list" aria-label={t("org.asks.list")}>
        {form.questions.map((question, index) => (
          <QuestionLine
            key={question.key}
            question={question}
            n={index + 1}
            change={(patch) => put(question.key, patch)}
            drop={() => change({ questions: form.questions.filter(({ key }) => key !== question.key) })}
            raise={index === 0 ? null : () => change({ questions: moved(form.questions, index) })}
          />
        ))}
      </ol>
      <button
        type="button"
        className="btn btn-line justify-self-start"
        disabled={form.questions.length >= QUESTIONS_MAX}
        onClick={() => change({ questions: [...form.questions, blankQuestion()] })}
      >
        {t("org.asks.add")}
      </button>
      <TimeInput
        id="answers-until"
        label={t("org.asks.until")}
        value={form.answersUntil}
        timezone={timezone}
        hint={t("org.asks.untilHint")}
        onChange={(answersUntil) => change({ answersUntil })}
      />
      {save.error instanceof ApiError && (
        <Note tone="no" title={t("org.edit.failed")} live>
          {save.error.details.map(({ field, message }) => (
            <p key={field}>
              <span className="mono">{field}</span>: {message}
            </p>
          ))}
        </Note>
      )}
      {save.isSuccess && <Note tone="ok" title={t("org.asks.saved")} live />}
      <div className="row flex-wrap">
        <button
          type="button"
          className="btn btn-flood"
          disabled={!isReady(form) || save.isPending}
          onClick={() => save.mutate(bodyOf(form))}
        >
          {t("org.asks.save")}
        </button>
        <Lists eventId={event.id} />
      </div>
    </>
  );
}

/** Who comes, with what they answered, as files. */
function Lists({ eventId }: { eventId: string }) {
  const { t } = useTranslation();
  const get = useMutation({
    mutationFn: async (kind: "csv" | "xlsx") =>
      saveAs(
        `attendees.${kind}`,
        await requestBytes(`/events/${eventId}/attendees/export.${kind}`),
        kind === "csv" ? "text/csv" : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
      ),
  });
  return (
    <>
      {(["csv", "xlsx"] as const).map((kind) => (
        <button
          key={kind}
          type="button"
          className="btn btn-line"
          disabled={get.isPending}
          onClick={() => get.mutate(kind)}
        >
          {t("org.asks.export", { kind: kind.toUpperCase() })}
        </button>
      ))}
      {get.isError && (
        <span className="s13" role="alert">
          {t("error.paper")}
        </span>
      )}
    </>
  );
}
