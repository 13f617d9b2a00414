import { useTranslation } from "react-i18next";
import type { AskedForm, Question } from "../api/contract";
import { Field } from "../ui/field";
import { Icon } from "../ui/icon";
import { askedOf, type Draft, NAME, type Problem } from "./draft";

const TEXT_MAX = 2_000;
const LINE_MAX = 120;

interface Props {
  /** Ids on a page must differ. */
  of: string;
  form: AskedForm;
  scope: Question["scope"];
  draft: Draft;
  problems: Record<string, Problem>;
  change: (draft: Draft) => void;
  disabled?: boolean;
}

/** The fields of one order or ticket. */
export function AnswerFields({ of, form, scope, draft, problems, change, disabled = false }: Props) {
  const { t } = useTranslation();
  const say = (problem: Problem | undefined, question?: Question) =>
    problem && t(`asked.${problem}`, { least: question?.minimum, most: question?.maximum });
  return (
    <>
      {form.holderNames && scope === "TICKET" && (
        <Field
          id={`${of}-${NAME}`}
          label={t("asked.name")}
          autoComplete="off"
          maxLength={200}
          disabled={disabled}
          value={draft.name}
          error={say(problems[NAME])}
          onChange={({ target }) => change({ ...draft, name: target.value })}
        />
      )}
      {askedOf(form, scope).map((question) => (
        <AnswerField
          key={question.id}
          id={`${of}-${question.id}`}
          question={question}
          value={draft.answers[question.id]}
          error={say(problems[question.id], question)}
          disabled={disabled}
          change={(value) => change({ ...draft, answers: { ...draft.answers, [question.id]: value } })}
        />
      ))}
    </>
  );
}

function AnswerField({
  id,
  question,
  value,
  error,
  disabled,
  change,
}: {
  id: string;
  question: Question;
  value: string | boolean | undefined;
  error: string | undefined;
  disabled: boolean;
  change: (value: string | boolean) => void;
}) {
  const { t } = useTranslation();
  const { kind, required } = question;
  const label = required ? question.text : t("asked.optional", { question: question.text });
  const typed = typeof value === "string" ? value : "";
  const shared = {
    id,
    disabled,
    "aria-invalid": error !== undefined,
    "aria-describedby": error === undefined ? undefined : `${id}-error`,
  };
  if (kind === "CHECKBOX")
    return (
      <div className="field">
        <label className="row min-h-11" htmlFor={id}>
          <input
            {...shared}
            type="checkbox"
            className="h-5 w-5 flex-none"
            checked={value === true}
            onChange={({ target }) => change(target.checked)}
          />
          <span>{label}</span>
        </label>
        <Wrong id={id} error={error} />
      </div>
    );
  const most = question.lengthMax ?? TEXT_MAX;
  if (kind === "NUMBER" || (kind === "TEXT" && most <= LINE_MAX))
    return (
      <Field
        id={id}
        label={label}
        disabled={disabled}
        inputMode={kind === "NUMBER" ? "numeric" : undefined}
        maxLength={kind === "NUMBER" ? 11 : most}
        value={typed}
        error={error}
        onChange={({ target }) => change(target.value)}
      />
    );
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {kind === "CHOICE" ? (
        <select {...shared} className="input" value={typed} onChange={({ target }) => change(target.value)}>
          <option value="">{t("asked.choose")}</option>
          {question.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      ) : (
        <textarea
          {...shared}
          className="input"
          rows={3}
          maxLength={most}
          value={typed}
          onChange={({ target }) => change(target.value)}
        />
      )}
      <Wrong id={id} error={error} />
    </div>
  );
}

function Wrong({ id, error }: { id: string; error: string | undefined }) {
  if (error === undefined) return null;
  return (
    <p className="err" id={`${id}-error`}>
      <Icon name="alert" className="i-s" />
      {error}
    </p>
  );
}
