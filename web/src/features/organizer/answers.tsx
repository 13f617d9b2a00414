import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Question, Venue } from "@/shared/api/contract";
import { printedSeat } from "@/shared/map/printed";
import { orderAnswersQuery } from "@/shared/questions/api";
import { isAsked } from "@/shared/questions/draft";
import { LoadError } from "@/shared/ui/states";

type Given = Readonly<Record<string, boolean | number | string>>;

/** Who comes with an order, and what they answered; nothing where nothing is asked. */
export function Answers({ orderId, venue }: { orderId: string; venue: Venue | undefined }) {
  const { t } = useTranslation();
  const asked = useQuery(orderAnswersQuery(orderId));
  if (asked.isError)
    return <LoadError error={asked.error} what={t("org.answers.error")} retry={() => void asked.refetch()} />;
  if (asked.data === undefined) return null;
  const { form, answers, tickets, complete } = asked.data;
  if (!isAsked(form) && Object.keys(answers).length === 0) return null;
  return (
    <section aria-label={t("org.answers.title")} className="stack gap-1.5">
      <h3 className="label">{t("org.answers.title")}</h3>
      <Said questions={form.questions} given={answers} />
      {tickets.map((ticket) => (
        <div key={ticket.ticketId}>
          <p className="b">
            {ticket.name ?? t(form.holderNames ? "org.answers.nobody" : "org.answers.ticket")}{" "}
            {ticket.row !== null && (
              <span className="muted s13 num">
                {t("org.refund.seat", { row: ticket.row, seat: printedSeat(venue, ticket) })}
              </span>
            )}
          </p>
          <Said questions={form.questions} given={ticket.answers} />
        </div>
      ))}
      {!complete && <p className="s13 text-warn">{t("org.answers.open")}</p>}
    </section>
  );
}

function Said({ questions, given }: { questions: readonly Question[]; given: Given }) {
  const { t } = useTranslation();
  const said = questions.filter(({ id }) => id in given);
  if (said.length === 0) return null;
  const word = (value: boolean | number | string | undefined) =>
    typeof value === "boolean" ? t(value ? "org.answers.yes" : "org.answers.no") : String(value);
  return (
    <dl className="stack gap-0.5">
      {said.map((question) => (
        <div className="kv items-start" key={question.id}>
          <dt className="muted s13">{question.text}</dt>
          <dd className="s13 text-right whitespace-pre-wrap break-words min-w-0">
            {word(given[question.id])}
          </dd>
        </div>
      ))}
    </dl>
  );
}
