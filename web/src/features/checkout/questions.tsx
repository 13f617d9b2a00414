import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { GivenAnswers, OrderAnswers, TicketAnswers, Venue } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { printedSeat } from "@/shared/map/printed";
import { shortName } from "@/shared/map/short-name";
import { AnswerFields } from "@/shared/questions/answer-fields";
import { answerOrder, orderAnswersQuery } from "@/shared/questions/api";
import {
  askedOf,
  type Draft,
  draftOf,
  filledOf,
  isBlank,
  type Problem,
  problemsOf,
} from "@/shared/questions/draft";
import { Busy, ErrorCode, Note } from "@/shared/ui/states";

type Drafts = Readonly<Record<string, Draft>>;
type Problems = Readonly<Record<string, Record<string, Problem>>>;
const NONE: Problems = {};

/** The draft of what is asked once an order stands beside those of its tickets. */
const ORDER = "order";

/** Whether paying waits for it: what the order itself must answer. What tickets must may follow. */
export const mayWait = (asked: OrderAnswers): boolean =>
  askedOf(asked.form, "ORDER").every(({ id, required }) => !required || id in asked.answers);

/** What the organizer asks, for the order and for each ticket; tickets may be left for later. */
export function Questions({
  asked,
  venue,
  buyer,
  words,
  done,
  later,
}: {
  asked: OrderAnswers;
  venue: Venue | undefined;
  /** Who buys comes, most likely: the first ticket begins with their name. */
  buyer?: string | undefined;
  words: string;
  done?: () => void;
  later?: () => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const element = useRef<HTMLFormElement>(null);
  const [drafts, setDrafts] = useState(() => draftsOf(asked, buyer));
  const [problems, setProblems] = useState(NONE);
  const save = useMutation({
    mutationFn: (body: GivenAnswers) => answerOrder(asked.orderId, body),
    onSuccess: (kept) => client.setQueryData(orderAnswersQuery(asked.orderId).queryKey, kept),
  });
  const hasOrder = askedOf(asked.form, "ORDER").length > 0;
  const hasTickets = asked.form.holderNames || askedOf(asked.form, "TICKET").length > 0;
  const send = async (leavesBlank: boolean) => {
    const found = judge(asked, drafts, { hasOrder, hasTickets, leavesBlank });
    setProblems(found);
    if (Object.keys(found).length > 0) {
      // After it is drawn: the first field that is wrong.
      setTimeout(() => element.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    try {
      await save.mutateAsync(bodyOf(asked, drafts, { hasOrder, hasTickets }));
    } catch {
      // It is said above the button.
      return;
    }
    (leavesBlank ? later : done)?.();
  };
  const submit = (submitted: FormEvent) => {
    submitted.preventDefault();
    if (!save.isPending) void send(false);
  };
  const change = (subject: string) => (draft: Draft) => setDrafts({ ...drafts, [subject]: draft });
  const fields = (subject: string, scope: "ORDER" | "TICKET") => (
    <AnswerFields
      of={subject}
      form={asked.form}
      scope={scope}
      draft={drafts[subject] ?? draftOf(undefined)}
      problems={problems[subject] ?? {}}
      change={change(subject)}
    />
  );
  return (
    <form className="stack" aria-label={t("questions.title")} noValidate ref={element} onSubmit={submit}>
      {hasTickets &&
        asked.tickets.map((ticket, index) => (
          <fieldset className="card pad stack m-0 border-0" key={ticket.ticketId}>
            <legend className="h3 float-left mb-1 w-full p-0">
              {t("questions.ticket", { n: index + 1 })}{" "}
              <span className="muted s13 num">{placeOf(ticket, venue, t)}</span>
            </legend>
            {fields(ticket.ticketId, "TICKET")}
          </fieldset>
        ))}
      {hasOrder && (
        <fieldset className="card pad stack m-0 border-0">
          <legend className="h3 float-left mb-1 w-full p-0">{t("questions.order")}</legend>
          {fields(ORDER, "ORDER")}
        </fieldset>
      )}
      <p className="s13 muted">{t("questions.private")}</p>
      {save.error instanceof ApiError && (
        <Note tone={save.error.status === 0 ? "off" : "no"} title={t("questions.failed")} live>
          <ErrorCode error={save.error} />
        </Note>
      )}
      {save.isSuccess && later === undefined && <Note tone="ok" title={t("questions.saved")} live />}
      <button type="submit" className="btn btn-flood btn-lg btn-block" aria-busy={save.isPending}>
        {save.isPending ? <Busy>{t("questions.saving")}</Busy> : words}
      </button>
      {later !== undefined && hasTickets && (
        <p className="s13 muted text-center">
          <button type="button" className="link" onClick={() => void send(true)}>
            {t("questions.later")}
          </button>{" "}
          {t("questions.until", { at: format.when(asked.openUntil, venue?.location.timezone) })}
        </p>
      )}
    </form>
  );
}

function draftsOf(asked: OrderAnswers, buyer: string | undefined): Drafts {
  const drafts = Object.fromEntries(
    asked.tickets.map((ticket, index) => {
      const draft = draftOf(ticket);
      const isBuyers = index === 0 && asked.form.holderNames && draft.name === "" && buyer !== undefined;
      return [ticket.ticketId, isBuyers ? { ...draft, name: buyer } : draft];
    }),
  );
  return { ...drafts, [ORDER]: draftOf({ answers: asked.answers }) };
}

interface Scopes {
  hasOrder: boolean;
  hasTickets: boolean;
}

function judge(asked: OrderAnswers, drafts: Drafts, how: Scopes & { leavesBlank: boolean }): Problems {
  const found: Record<string, Record<string, Problem>> = {};
  const note = (subject: string, scope: "ORDER" | "TICKET") => {
    const wrong = problemsOf(asked.form, scope, drafts[subject] ?? draftOf(undefined));
    if (Object.keys(wrong).length > 0) found[subject] = wrong;
  };
  if (how.hasOrder) note(ORDER, "ORDER");
  for (const { ticketId } of how.hasTickets ? asked.tickets : []) {
    const draft = drafts[ticketId];
    if (!how.leavesBlank || (draft !== undefined && isMeant(asked, draft))) note(ticketId, "TICKET");
  }
  return found;
}

/** With nothing but a name that was put there for them, nobody has begun to answer. */
const isMeant = ({ form }: OrderAnswers, draft: Draft): boolean =>
  !isBlank({ ...draft, name: askedOf(form, "TICKET").length > 0 ? "" : draft.name });

function bodyOf(asked: OrderAnswers, drafts: Drafts, { hasOrder, hasTickets }: Scopes): GivenAnswers {
  const draft = (subject: string) => drafts[subject] ?? draftOf(undefined);
  const whole = asked.tickets.filter(
    ({ ticketId }) => Object.keys(problemsOf(asked.form, "TICKET", draft(ticketId))).length === 0,
  );
  const tickets = whole.map(({ ticketId }) => ({
    ticketId,
    ...filledOf(asked.form, "TICKET", draft(ticketId)),
  }));
  return {
    ...(hasOrder && { answers: filledOf(asked.form, "ORDER", draft(ORDER)).answers }),
    tickets: hasTickets ? tickets : [],
  };
}

function placeOf(
  ticket: TicketAnswers,
  venue: Venue | undefined,
  t: ReturnType<typeof useTranslation>["t"],
): string {
  const section = venue?.sections.find(({ id }) => id === ticket.sectionId);
  const name = shortName(section?.name ?? "");
  const seat = printedSeat(venue, ticket);
  return ticket.row === null || seat === undefined
    ? name
    : t("summary.row", { section: name, row: ticket.row, seats: String(seat) });
}
