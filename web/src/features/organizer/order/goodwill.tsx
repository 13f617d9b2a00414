import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { SoldOrder } from "@/shared/api/contract";
import { needsStepUp } from "@/shared/api/step-up";
import { useFormat } from "@/shared/i18n/format";
import { Field } from "@/shared/ui/field";
import { Note } from "@/shared/ui/states";
import { GuardOf } from "@/shared/ui/step-up";
import { activityQuery, refundOrder } from "../api";
import { MoneyInput } from "../editor/inputs";

const attempts = new AttemptKeys();
const REASON_MAX = 200;

/** Money alone goes back: the tickets stay valid. */
export function Goodwill({ order }: { order: SoldOrder }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [amount, setAmount] = useState(0);
  const [reason, setReason] = useState("");
  const give = useMutation({
    mutationFn: (body: { amount: number; reason: string }) =>
      refundOrder(order.orderId, body, attempts.keyFor({ ...body, orderId: order.orderId })),
    onSuccess: () => {
      attempts.settle();
      setAmount(0);
      setReason("");
      void client.invalidateQueries({ queryKey: ["organizer", "orders"] });
      void client.invalidateQueries({ queryKey: activityQuery(order.orderId).queryKey });
    },
    onError: (error) => attempts.settle(error),
  });
  const isReady = amount > 0 && amount <= order.total && reason.trim() !== "" && !give.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) give.mutate({ amount, reason: reason.trim() });
  };
  return (
    <details className="org-more">
      <summary>{t("org.goodwill.title")}</summary>
      <form className="stack" onSubmit={submit}>
        <div className="field">
          <label htmlFor={`goodwill-${order.orderId}`}>{t("org.goodwill.amount")}</label>
          <MoneyInput
            id={`goodwill-${order.orderId}`}
            label={t("org.goodwill.amount")}
            value={amount}
            currency={order.currency}
            onChange={setAmount}
          />
          <p className="hint">
            {t("org.goodwill.most", { amount: format.money(order.total, order.currency) })}
          </p>
        </div>
        <Field
          id={`goodwill-reason-${order.orderId}`}
          label={t("org.goodwill.reason")}
          value={reason}
          maxLength={REASON_MAX}
          onChange={({ target }) => setReason(target.value)}
        />
        {needsStepUp(give.error) ? (
          <GuardOf change={give} />
        ) : (
          give.isError && (
            <Note tone="no" title={t("org.refund.failed")} live>
              <p>{t("org.goodwill.failedText")}</p>
            </Note>
          )
        )}
        {give.isSuccess && <Note tone="ok" title={t("org.refund.done")} live />}
        <button type="submit" className="btn btn-no justify-self-start" disabled={!isReady}>
          {t("org.goodwill.do", { amount: format.money(amount, order.currency) })}
        </button>
      </form>
    </details>
  );
}
