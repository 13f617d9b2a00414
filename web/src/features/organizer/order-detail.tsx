import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { PricingTier, SoldOrder, TicketDetails, Venue } from "@/shared/api/contract";
import { needsStepUp } from "@/shared/api/step-up";
import { useEventVenue } from "@/shared/api/use-event-venue";
import { useFormat } from "@/shared/i18n/format";
import { printedSeat } from "@/shared/map/printed";
import { orderNumber } from "@/shared/order-number";
import { Invoices } from "@/shared/papers/invoices";
import { Field } from "@/shared/ui/field";
import { Paper } from "@/shared/ui/paper";
import { LoadError, Note } from "@/shared/ui/states";
import { GuardOf } from "@/shared/ui/step-up";
import { Answers } from "./answers";
import { activityQuery, ownEventQuery, refundOrder } from "./api";
import { Goodwill } from "./order/goodwill";
import { Notes } from "./order/notes";
import { PaidByHand } from "./order/paid-by-hand";
import { Told } from "./order/told";

const attempts = new AttemptKeys();
const REFUNDABLE: readonly SoldOrder["status"][] = ["CONFIRMED", "PARTIALLY_REFUNDED"];

/** What became of an order, its tickets, and what may go back. */
export function OrderDetail({ order }: { order: SoldOrder }) {
  const { t } = useTranslation();
  const format = useFormat();
  const activity = useQuery(activityQuery(order.orderId));
  const event = useQuery(ownEventQuery(order.eventId)).data;
  const venue = useEventVenue(event);
  const live = order.tickets.filter(({ status }) => status === "VALID" || status === "CHECKED_IN");
  return (
    <div className="stack">
      <p className="s13 muted mono">
        <b className="text-ink">{orderNumber(order.orderId)}</b> · {order.orderId}
      </p>
      {order.buyer.email !== undefined && <p className="s13">{order.buyer.email}</p>}
      {activity.isError && (
        <LoadError
          error={activity.error}
          what={t("org.error.activity")}
          retry={() => void activity.refetch()}
        />
      )}
      <ol className="org-checks" aria-label={t("org.orders.timeline")}>
        {(activity.data ?? []).map((entry) => (
          <li key={`${entry.at}${entry.kind}`} className="!text-ink">
            <span className="num muted">{format.when(entry.at)}</span>
            <b>{t(`org.activity.${entry.kind}`)}</b>
            {entry.amount != null && entry.currency != null && (
              <span className="num">{format.money(entry.amount, entry.currency)}</span>
            )}
            {entry.code != null && <span className="mono s12">{entry.code}</span>}
          </li>
        ))}
      </ol>
      <PaidByHand order={order} />
      <Answers orderId={order.orderId} venue={venue} />
      <Invoices order={order} level={3} />
      {order.paymentStatus === "DISPUTED" && (
        <Paper
          path={`/orders/${order.orderId}/evidence`}
          name={`evidence-${order.orderId}`}
          words={t("org.orders.evidence")}
        />
      )}
      {REFUNDABLE.includes(order.status) && order.total > 0 && live.length > 0 && (
        <>
          <RefundForm order={order} tickets={live} tiers={event?.pricingTiers ?? []} venue={venue} />
          <Goodwill order={order} />
        </>
      )}
      <Told orderId={order.orderId} />
      <Notes orderId={order.orderId} />
    </div>
  );
}

/** Tickets are ticked; what goes back is said before it goes. */
function RefundForm({
  order,
  tickets,
  tiers,
  venue,
}: {
  order: SoldOrder;
  tickets: TicketDetails[];
  tiers: readonly PricingTier[];
  venue: Venue | undefined;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [reason, setReason] = useState("");
  const refund = useMutation({
    mutationFn: (body: { ticketIds: string[]; reason: string }) =>
      refundOrder(order.orderId, body, attempts.keyFor({ ...body, orderId: order.orderId })),
    onSuccess: () => {
      attempts.settle();
      setChosen(new Set());
      void client.invalidateQueries({ queryKey: ["organizer", "orders"] });
      void client.invalidateQueries({ queryKey: activityQuery(order.orderId).queryKey });
    },
    onError: (error) => attempts.settle(error),
  });
  const toggle = (ticketId: string) => {
    const next = new Set(chosen);
    if (!next.delete(ticketId)) next.add(ticketId);
    setChosen(next);
  };
  const levelOf = ({ priceLevel, sectionId }: TicketDetails) =>
    tiers.find((tier) => tier.priceLevel === priceLevel && tier.sectionIds.includes(sectionId))?.name ??
    priceLevel;
  const picked = tickets.filter(({ ticketId }) => chosen.has(ticketId));
  const most = picked.reduce((sum, { amount, fee }) => sum + amount + fee, 0);
  return (
    <fieldset className="stack border-0 p-0 m-0">
      <legend className="label mb-2">{t("org.refund.title")}</legend>
      {tickets.map((ticket) => (
        <label key={ticket.ticketId} className="row min-h-11">
          <input
            type="checkbox"
            className="w-5 h-5"
            checked={chosen.has(ticket.ticketId)}
            onChange={() => toggle(ticket.ticketId)}
          />
          <span className="num">
            {ticket.row !== undefined && ticket.row !== null
              ? t("org.refund.seat", { row: ticket.row, seat: printedSeat(venue, ticket) })
              : t("org.refund.place")}{" "}
            · {levelOf(ticket)} · {format.money(ticket.amount + ticket.fee, order.currency)}
          </span>
        </label>
      ))}
      <Field
        id={`reason-${order.orderId}`}
        label={t("org.refund.reason")}
        value={reason}
        maxLength={200}
        onChange={({ target }) => setReason(target.value)}
      />
      {needsStepUp(refund.error) ? (
        <GuardOf change={refund} />
      ) : (
        refund.isError && (
          <Note tone="no" title={t("org.refund.failed")} live>
            <p>{t("org.refund.failedText")}</p>
          </Note>
        )
      )}
      {refund.isSuccess && <Note tone="ok" title={t("org.refund.done")} live />}
      <button
        type="button"
        className="btn btn-no"
        disabled={picked.length === 0 || reason.trim() === "" || refund.isPending}
        onClick={() => refund.mutate({ ticketIds: [...chosen], reason })}
      >
        {t("org.refund.do", { count: picked.length, amount: format.money(most, order.currency) })}
      </button>
      <p className="hint">{t(order.discount > 0 ? "org.refund.less" : "org.refund.void")}</p>
    </fieldset>
  );
}
