import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ArenaEvent, OrderResponse, TicketDetails, Venue } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { printedIn } from "@/shared/map/printed";
import { orderNumber } from "@/shared/order-number";
import { Icon } from "@/shared/ui/icon";
import { QrCode } from "@/shared/ui/qr-code";
import { Busy, Note } from "@/shared/ui/states";
import { letIn, printedQuery, rulesQuery } from "./api";

const DESK = "Box office";

/** What was sold, as it is printed; and the way in for who has no paper. */
export function Receipt({
  order,
  event,
  venue,
  onNext,
}: {
  order: OrderResponse;
  event: ArenaEvent;
  venue: Venue | undefined;
  onNext: () => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const takesPaper = useQuery(rulesQuery(event.id)).data?.printedCodes === true;
  const timezone = venue?.location.timezone;
  return (
    <div className="stack gap-4">
      <article className="receipt card pad" aria-label={t("entry.receipt.title")}>
        <h2 className="shout h2" ref={(heading) => heading?.focus()} tabIndex={-1}>
          {event.name}
        </h2>
        <p className="num">{format.when(event.startTime, timezone)}</p>
        <p className="muted">{[venue?.name, venue?.location.city].filter(Boolean).join(", ")}</p>
        <ul className="receipt-tickets">
          {order.tickets.map((ticket) => (
            <Line
              key={ticket.ticketId}
              ticket={ticket}
              venue={venue}
              currency={order.currency}
              takesPaper={takesPaper}
            />
          ))}
        </ul>
        <p className="row between b receipt-total">
          <span>{t("entry.receipt.paid")}</span>
          <span className="num">{format.money(order.total, order.currency)}</span>
        </p>
        <p className="s12 muted num">
          {t("entry.receipt.order", { number: orderNumber(order.orderId) })}
          <br />
          {format.when(order.createdAt, timezone)}
        </p>
      </article>
      <div className="row flex-wrap no-print">
        <button type="button" className="btn btn-solid" onClick={() => window.print()}>
          {t("entry.receipt.print")}
        </button>
        <LetIn eventId={event.id} tickets={order.tickets} />
        <button type="button" className="btn btn-line" onClick={onNext}>
          {t("entry.receipt.next")}
        </button>
      </div>
      {!takesPaper && (
        <div className="no-print">
          <Note tone="info" title={t("entry.receipt.noPaper")}>
            <p className="s13">{t("entry.receipt.noPaperText")}</p>
          </Note>
        </div>
      )}
    </div>
  );
}

function Line({
  ticket,
  venue,
  currency,
  takesPaper,
}: {
  ticket: TicketDetails;
  venue: Venue | undefined;
  currency: string;
  takesPaper: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const printed = useQuery({ ...printedQuery(ticket.ticketId), enabled: takesPaper }).data;
  const section = venue?.sections.find(({ id }) => id === ticket.sectionId);
  const place = [section?.name, ticket.row, printedIn(section, ticket.row, ticket.seat)]
    .filter((part) => part != null)
    .join(" · ");
  return (
    <li>
      <div className="row between">
        <span className="min-w-0">
          <b>{place}</b>
          <br />
          <span className="s13 muted">
            {[ticket.priceLevel, section?.gate && t("entry.receipt.gate", { gate: section.gate })]
              .filter(Boolean)
              .join(" · ")}
          </span>
        </span>
        <span className="num">{format.money(ticket.amount + ticket.fee, currency)}</span>
      </div>
      {printed != null && (
        <div className="receipt-code">
          <QrCode text={printed} label={t("entry.receipt.code", { place })} />
        </div>
      )}
    </li>
  );
}

/** Who stands at the desk may go in at once: each ticket once, whatever is pressed twice. */
function LetIn({ eventId, tickets }: { eventId: string; tickets: readonly TicketDetails[] }) {
  const { t } = useTranslation();
  const gates = useQuery(rulesQuery(eventId)).data?.gates ?? [];
  const [chosen, setChosen] = useState("");
  const gate = chosen || gates[0]?.name || DESK;
  const enter = useMutation({
    mutationFn: async () => {
      for (const { ticketId } of tickets)
        await letIn(eventId, {
          ticketId,
          gate,
          deviceId: "box-office",
          clientId: `desk-${ticketId}`,
          direction: "IN",
        });
    },
  });
  if (enter.isSuccess)
    return (
      <span className="row text-ok b" role="status">
        <Icon name="check" className="i-s" />
        {t("entry.receipt.in", { count: tickets.length })}
      </span>
    );
  return (
    <>
      {gates.length > 1 && (
        <select
          className="input w-40"
          aria-label={t("entry.gate")}
          value={gate}
          onChange={(event) => setChosen(event.target.value)}
        >
          {gates.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
      <button
        type="button"
        className="btn btn-line"
        disabled={enter.isPending}
        onClick={() => enter.mutate()}
      >
        <Icon name="gate" className="i-s" />
        {enter.isPending ? <Busy>{t("entry.receipt.entering")}</Busy> : t("entry.receipt.letIn")}
      </button>
      {enter.isError && <Note tone="no" title={t("entry.receipt.notIn")} live />}
    </>
  );
}
