import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { MailTemplate } from "@/shared/api/contract";
import { ApiError, codeOf } from "@/shared/api/errors";
import { Field } from "@/shared/ui/field";
import { Icon } from "@/shared/ui/icon";
import { Note } from "@/shared/ui/states";
import { useLate } from "@/shared/ui/use-late";
import { bringBackMail, type MailPlace, mailQuery, previewQuery, writeMail } from "./api";
import { Earlier } from "./earlier";
import { MailPreviewPanel } from "./mail-preview";
import { draftOf, saysNothingOwn, wordsOf } from "./words";

const PREVIEW_MS = 400;
const SOURCE_MAX = 4_000;

/** One mail in one language: its words on one side, how it looks with sample values on the other. */
export function MailEditor({ place, mail }: { place: MailPlace; mail: MailTemplate }) {
  const { t } = useTranslation();
  const complaintOf = useComplaint();
  const client = useQueryClient();
  const kept = draftOf(mail.ours, mail);
  const [draft, setDraft] = useState(kept);
  const words = wordsOf(draft, mail.ours);
  const isOurs = saysNothingOwn(words);
  const late = useLate(JSON.stringify(words), PREVIEW_MS);
  const look = useQuery({
    ...previewQuery(place, JSON.parse(late)),
    enabled: mail.isChangeable && late !== JSON.stringify({ subject: null, paragraphs: null }),
  });
  const done = (made: MailTemplate) => {
    client.setQueryData(mailQuery(place).queryKey, made);
    setDraft(draftOf(made.ours, made));
    return client.invalidateQueries({ queryKey: ["mails", place.organizationId] });
  };
  const write = useMutation({ mutationFn: () => writeMail(place, mail.version, words), onSuccess: done });
  const back = useMutation({ mutationFn: () => bringBackMail(place, mail.version), onSuccess: done });
  const wrong = write.error ?? (isOurs ? null : look.error);
  const isChanged = draft.subject !== kept.subject || draft.text !== kept.text;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isOurs && isChanged) write.mutate();
  };
  const change = (changed: Partial<typeof draft>) => {
    write.reset();
    setDraft({ ...draft, ...changed });
  };
  return (
    <div className="mail-panes">
      {mail.isChangeable ? (
        <form className="card pad stack" onSubmit={submit}>
          <Field
            id="mail-subject"
            label={t("mails.subject")}
            value={draft.subject}
            maxLength={SOURCE_MAX}
            error={complaintOf(wrong, (field) => field === "subject")}
            onChange={({ target }) => change({ subject: target.value })}
          />
          <Paragraphs
            value={draft.text}
            error={complaintOf(wrong, (field) => field.startsWith("paragraphs"))}
            change={(text) => change({ text })}
            values={mail.values}
          />
          {wrong !== null && !(wrong instanceof ApiError && wrong.status === 422) && (
            <Note
              tone="no"
              title={codeOf(wrong) === "CONFLICT001" ? t("mails.changedMeanwhile") : t("mails.failed")}
              live
            />
          )}
          {back.isError && <Note tone="no" title={t("mails.failed")} live />}
          <div className="row flex-wrap">
            <button
              type="submit"
              className="btn btn-flood"
              disabled={isOurs || !isChanged || write.isPending || look.isError}
            >
              {t("mails.use")}
            </button>
            {mail.version > 0 && (
              <button
                type="button"
                className="btn btn-line"
                disabled={back.isPending}
                onClick={() => back.mutate()}
              >
                <Icon name="undo" className="i-s" />
                {t("mails.bringBack")}
              </button>
            )}
          </div>
          <p className="hint" aria-live="polite">
            {mail.version > 0 ? t("mails.inUse", { n: mail.version }) : t("mails.oursInUse")}
          </p>
          <Earlier place={place} choose={(own) => change(draftOf(mail.ours, own))} />
        </form>
      ) : (
        <Note tone="info" title={t("mails.fixed")} />
      )}
      <MailPreviewPanel
        preview={isOurs || look.data === undefined ? mail.preview : look.data}
        isStale={wrong !== null}
        textMessage={mail.textMessage}
      />
    </div>
  );
}

function Paragraphs({
  value,
  error,
  change,
  values,
}: {
  value: string;
  error: string | undefined;
  change: (text: string) => void;
  values: MailTemplate["values"];
}) {
  const { t } = useTranslation();
  const box = useRef<HTMLTextAreaElement>(null);
  const insert = (name: string) => {
    const field = box.current;
    if (field === null) return;
    const [start, end] = [field.selectionStart, field.selectionEnd];
    change(`${value.slice(0, start)}{{ ${name} }}${value.slice(end)}`);
    field.focus();
  };
  return (
    <div className="field">
      <label htmlFor="mail-text">{t("mails.text")}</label>
      <textarea
        id="mail-text"
        ref={box}
        className="input mail-text"
        value={value}
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? "mail-text-hint" : "mail-text-error"}
        onChange={({ target }) => change(target.value)}
      />
      {error === undefined ? (
        <p className="hint" id="mail-text-hint">
          {t("mails.textHint", { value: "{{ }}", condition: "{% if order.total > 5000 %} … {% endif %}" })}
        </p>
      ) : (
        <p className="err" id="mail-text-error">
          <Icon name="alert" className="i-s" />
          {error}
        </p>
      )}
      <details>
        <summary className="mail-more">{t("mails.values")}</summary>
        <ul className="mail-values">
          {values.map(({ name, example }) => (
            <li key={name}>
              <button type="button" className="btn btn-line btn-sm" onClick={() => insert(name)}>
                {name}
              </button>
              <span className="muted s13">{example}</span>
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}

/** Why the server refused a piece of the words, in the reader's language: its own sentence is English for whoever reads. */
function useComplaint() {
  const { t } = useTranslation();
  return (error: unknown, isOf: (field: string) => boolean): string | undefined => {
    const found = error instanceof ApiError ? error.details.find(({ field }) => isOf(field)) : undefined;
    if (found === undefined) return undefined;
    const why = t(reasonOf(found.reason), { braces: "{{ }}", tags: "{% %}" });
    const at = found.field.split(".")[1];
    return at === undefined ? why : t("mails.paragraph", { n: Number(at) + 1, why });
  };
}

const REASONS = ["SYNTAX", "UNKNOWN_VALUE", "FILTER", "TOO_LONG", "TOO_MUCH", "EMPTY"] as const;
const reasonOf = (told: string | undefined) => {
  const known = REASONS.find((reason) => reason === told);
  return known === undefined ? "mails.wrong.other" : (`mails.wrong.${known}` as const);
};
