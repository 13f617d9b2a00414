import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { SoldOrder } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Field } from "@/shared/ui/field";
import { Busy, Note } from "@/shared/ui/states";
import { activityQuery } from "../api";
import { notePaid } from "./api";

const attempts = new AttemptKeys();
const REFERENCE_MAX = 200;

/** An order by invoice is confirmed and not paid until somebody saw the money come in. */
export const isUnpaid = ({ status, paymentStatus }: SoldOrder): boolean =>
  status === "CONFIRMED" && paymentStatus === "PENDING";

export function PaidByHand({ order }: { order: SoldOrder }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [reference, setReference] = useState("");
  const pay = useMutation({
    mutationFn: (said: string) => notePaid(order.orderId, said, attempts.keyFor([order.orderId, said])),
    onSuccess: () => {
      attempts.settle();
      void client.invalidateQueries({ queryKey: ["organizer", "orders"] });
      void client.invalidateQueries({ queryKey: activityQuery(order.orderId).queryKey });
    },
    onError: (error) => attempts.settle(error),
  });
  if (pay.isSuccess) return <Note tone="ok" title={t("org.paid.done")} live />;
  if (!isUnpaid(order)) return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reference.trim() !== "") pay.mutate(reference.trim());
  };
  return (
    <form className="stack" onSubmit={submit}>
      <Note tone="warn" title={t("org.paid.open", { amount: format.money(order.total, order.currency) })} />
      <Field
        id={`reference-${order.orderId}`}
        label={t("org.paid.reference")}
        hint={t("org.paid.hint")}
        value={reference}
        maxLength={REFERENCE_MAX}
        onChange={({ target }) => setReference(target.value)}
      />
      {pay.isError && <Note tone="no" title={t("org.paid.failed")} live />}
      <button
        type="submit"
        className="btn btn-line justify-self-start"
        disabled={reference.trim() === "" || pay.isPending}
      >
        {pay.isPending ? <Busy>{t("org.paid.busy")}</Busy> : t("org.paid.do")}
      </button>
    </form>
  );
}
