import { useTranslation } from "react-i18next";
import { CountInput } from "@/shared/ui/count-input";
import { Field } from "@/shared/ui/field";
import { Icon } from "@/shared/ui/icon";
import type { AskedQuestion } from "./asking";

const NUMBER_MAX = 1_000_000_000;
const KINDS = ["TEXT", "CHOICE", "CHECKBOX", "NUMBER"] as const;
const SCOPES = ["TICKET", "ORDER"] as const;

/** A question as it is written; its kind decides what may bound an answer. */
export function QuestionLine({
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
