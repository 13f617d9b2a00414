import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { requestBytes } from "@/shared/api/client";
import type { ArenaEvent, AskedForm, NewForm } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { Field } from "@/shared/ui/field";
import { Icon } from "@/shared/ui/icon";
import { saveAs } from "@/shared/ui/save-as";
import { LoadError, Note } from "@/shared/ui/states";
import { questionsQuery, writeQuestions } from "../api";
import { type AskedQuestion, asksOf, blankQuestion, bodyOf, type Form, isReady, moved } from "./asking";
import { CountInput, TimeInput } from "./inputs";

const QUESTIONS_MAX = 20;
const NUMBER_MAX = 1_000_000_000;
const KINDS = ["TEXT", "CHOICE", "CHECKBOX", "NUMBER"] as const;
const SCOPES = ["TICKET", "ORDER"] as const;

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
          <Line
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

function Line({
  question,
  n,
  change,
  drop,
  raise,
}: {
  question: AskedQuestion;
  n: number;
  change: (patch: Partial<AskedQuestion>) => void;
  drop: () => void;
  raise: (() => void) | null;
}) {
  const { t } = useTranslation();
  const { key, kind } = question;
  return (
    <li className="stack py-4">
      <div className="row items-end">
        <div className="grow">
          <Field
            id={`${key}-text`}
            label={t("org.asks.question", { n })}
            value={question.text}
            maxLength={200}
            onChange={({ target }) => change({ text: target.value })}
          />
        </div>
        {raise && (
          <button type="button" className="icon-btn" aria-label={t("org.asks.raise", { n })} onClick={raise}>
            <Icon name="up" />
          </button>
        )}
        <button type="button" className="icon-btn" aria-label={t("org.asks.drop", { n })} onClick={drop}>
          <Icon name="x" />
        </button>
      </div>
      <div className="org-pair">
        <div className="field">
          <label htmlFor={`${key}-kind`}>{t("org.asks.kind")}</label>
          <select
            id={`${key}-kind`}
            className="input"
            value={kind}
            // A question that was asked keeps its kind: answers were given to it.
            disabled={question.id !== null}
            onChange={({ target }) => change({ kind: target.value as AskedQuestion["kind"] })}
          >
            {KINDS.map((each) => (
              <option key={each} value={each}>
                {t(`org.asks.kinds.${each}`)}
              </option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor={`${key}-scope`}>{t("org.asks.scope")}</label>
          <select
            id={`${key}-scope`}
            className="input"
            value={question.scope}
            disabled={question.id !== null}
            onChange={({ target }) => change({ scope: target.value as AskedQuestion["scope"] })}
          >
            {SCOPES.map((each) => (
              <option key={each} value={each}>
                {t(`org.asks.scopes.${each}`)}
              </option>
            ))}
          </select>
        </div>
      </div>
      {kind === "CHOICE" && (
        <div className="field">
          <label htmlFor={`${key}-options`}>{t("org.asks.options")}</label>
          <textarea
            id={`${key}-options`}
            className="input"
            rows={4}
            value={question.options}
            onChange={({ target }) => change({ options: target.value })}
          />
          <p className="hint">{t("org.asks.optionsHint")}</p>
        </div>
      )}
      {kind === "TEXT" && (
        <CountInput
          id={`${key}-length`}
          label={t("org.asks.length")}
          hint={t("org.asks.lengthHint")}
          min={1}
          max={2000}
          value={question.lengthMax}
          onChange={(lengthMax) => change({ lengthMax })}
        />
      )}
      {kind === "NUMBER" && (
        <div className="org-pair">
          {(["minimum", "maximum"] as const).map((bound) => (
            <CountInput
              key={bound}
              id={`${key}-${bound}`}
              label={t(`org.asks.${bound}`)}
              min={-NUMBER_MAX}
              max={NUMBER_MAX}
              value={question[bound]}
              onChange={(value) => change({ [bound]: value })}
            />
          ))}
        </div>
      )}
      <label className="row min-h-11" htmlFor={`${key}-required`}>
        <input
          id={`${key}-required`}
          type="checkbox"
          className="h-5 w-5 flex-none"
          checked={question.required}
          onChange={({ target }) => change({ required: target.checked })}
        />
        <span>{t(kind === "CHECKBOX" ? "org.asks.mustTick" : "org.asks.required")}</span>
      </label>
    </li>
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
