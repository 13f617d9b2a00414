import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FilledTicket, HolderAnswers, TicketDetails } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { AnswerFields } from "@/shared/questions/answer-fields";
import { answerTicket, ticketAnswersQuery } from "@/shared/questions/api";
import { askedOf, draftOf, filledOf, type Problem, problemsOf } from "@/shared/questions/draft";
import { Busy, ErrorCode, Note } from "@/shared/ui/states";
import { entryKeyQuery } from "./api";

/** Who comes with a ticket, and what the organizer asks of them; nothing where nothing is asked. */
export function Holder({ ticket }: { ticket: TicketDetails }) {
  const asked = useQuery({
    ...ticketAnswersQuery(ticket.ticketId),
    enabled: ticket.status === "VALID" || ticket.status === "CHECKED_IN",
  });
  if (asked.data === undefined) return null;
  const { form } = asked.data;
  if (!form.holderNames && askedOf(form, "TICKET").length === 0) return null;
  return <HolderForm asked={asked.data} />;
}

function HolderForm({ asked }: { asked: HolderAnswers }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const { ticketId } = asked.ticket;
  const [draft, setDraft] = useState(() => draftOf(asked.ticket));
  const [problems, setProblems] = useState<Record<string, Problem>>({});
  const save = useMutation({
    mutationFn: (body: FilledTicket) => answerTicket(ticketId, body),
    onSuccess: (kept) => {
      client.setQueryData(ticketAnswersQuery(ticketId).queryKey, kept);
      return client.invalidateQueries({ queryKey: entryKeyQuery(ticketId).queryKey });
    },
  });
  const submit = (submitted: FormEvent) => {
    submitted.preventDefault();
    const found = problemsOf(asked.form, "TICKET", draft);
    setProblems(found);
    if (Object.keys(found).length === 0) save.mutate(filledOf(asked.form, "TICKET", draft));
  };
  return (
    <form className="card pad stack" aria-labelledby="holder-title" noValidate onSubmit={submit}>
      <h2 className="h3" id="holder-title">
        {t("holder.title")}
      </h2>
      <p className="s13 muted">
        {t(asked.open ? "holder.until" : "holder.over", { at: format.when(asked.openUntil) })}
      </p>
      <AnswerFields
        of="holder"
        form={asked.form}
        scope="TICKET"
        draft={draft}
        problems={problems}
        change={setDraft}
        disabled={!asked.open}
      />
      {save.error instanceof ApiError && (
        <Note tone={save.error.status === 0 ? "off" : "no"} title={t("holder.failed")} live>
          <ErrorCode error={save.error} />
        </Note>
      )}
      {save.isSuccess && <Note tone="ok" title={t("holder.saved")} live />}
      {asked.open && (
        <button type="submit" className="btn btn-line justify-self-start" aria-busy={save.isPending}>
          {save.isPending ? <Busy>{t("holder.saving")}</Busy> : t("holder.save")}
        </button>
      )}
    </form>
  );
}
