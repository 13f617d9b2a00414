import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { ArenaEvent, OrderResponse, TicketDetails } from "@/shared/api/contract";
import { refundRulesQuery } from "@/shared/api/refund-rules";
import { serverTime } from "@/shared/api/server-clock";
import { useFormat } from "@/shared/i18n/format";
import { Field } from "@/shared/ui/field";
import { Note } from "@/shared/ui/states";
import { useMinute } from "@/shared/ui/use-now";
import { activityQuery, askForRefund, percentNow } from "./api";

const attempts = new AttemptKeys();
const GIVABLE: readonly OrderResponse["status"][] = ["CONFIRMED", "PARTIALLY_REFUNDED"];

/** Tickets that the event's rules take back now, and for how much. */
export function GiveBack({
  order,
  event,
  nameOf,
}: {
  order: OrderResponse;
  event: ArenaEvent;
  nameOf: (ticket: TicketDetails) => string;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const now = serverTime(useMinute());
  const rules = useQuery(refundRulesQuery(event.id));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [reason, setReason] = useState("");
  const ask = useMutation({
    mutationFn: (body: { ticketIds: string[]; reason: string }) =>
      askForRefund(order.orderId, body, attempts.keyFor({ ...body, orderId: order.orderId })),
    onSuccess: () => {
      attempts.settle();
      setChosen(new Set());
      void client.invalidateQueries({ queryKey: ["orders"] });
      void client.invalidateQueries({ queryKey: ["tickets"] });
      void client.invalidateQueries({ queryKey: activityQuery(order.orderId).queryKey });
    },
    onError: (error) => attempts.settle(error),
  });
  const tickets = order.tickets.filter(({ status }) => status === "VALID");
  const percent = percentNow(rules.data, event, order, now);
  const isOpen = GIVABLE.includes(order.status) && order.total > 0 && tickets.length > 0 && percent > 0;
  const told = ask.data && (
    <Note
      tone="ok"
      title={t("orders.back.done", { sum: format.money(ask.data.amount, ask.data.currency) })}
      live
    />
  );
  if (!isOpen) return told ?? null;
  const toggle = (ticketId: string) => {
    const next = new Set(chosen);
    if (!next.delete(ticketId)) next.add(ticketId);
    setChosen(next);
  };
  return (
    <details className="card pad">
      <summary className="b min-h-11 content-center">{t("orders.back.title")}</summary>
      <fieldset className="stack border-0 p-0 m-0 mt-2">
        <legend className="s13 muted mb-2">
          {t("orders.back.rule", { share: format.percent(percent * 100) })}
        </legend>
        {tickets.map((ticket) => (
          <label key={ticket.ticketId} className="row min-h-11">
            <input
              type="checkbox"
              className="w-5 h-5"
              checked={chosen.has(ticket.ticketId)}
              onChange={() => toggle(ticket.ticketId)}
            />
            <span className="num">{nameOf(ticket)}</span>
          </label>
        ))}
        <Field
          id="reason"
          label={t("orders.back.reason")}
          value={reason}
          maxLength={200}
          onChange={({ target }) => setReason(target.value)}
        />
        {ask.isError && <Note tone="no" title={t("orders.back.refused")} live />}
        {told}
        <button
          type="button"
          className="btn btn-line justify-self-start"
          disabled={chosen.size === 0 || reason.trim() === "" || ask.isPending}
          onClick={() => ask.mutate({ ticketIds: [...chosen].sort(), reason: reason.trim() })}
        >
          {t("orders.back.do", { count: chosen.size })}
        </button>
      </fieldset>
    </details>
  );
}
