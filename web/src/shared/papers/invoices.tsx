import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Invoice, OrderResponse } from "../api/contract";
import { useFormat } from "../i18n/format";
import { Paper } from "../ui/paper";
import { Busy, LoadError, Note } from "../ui/states";
import { issueInvoice, orderInvoicesQuery } from "./api";

const SOLD: readonly OrderResponse["status"][] = ["CONFIRMED", "PARTIALLY_REFUNDED", "REFUNDED"];

/** The papers of an order: asked for here, once, and kept for whoever wants them again. */
export function Invoices({ order, level }: { order: OrderResponse; level: 2 | 3 }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const papers = useQuery(orderInvoicesQuery(order.orderId));
  const issue = useMutation({
    mutationFn: () => issueInvoice(order.orderId),
    onSuccess: (issued) => client.setQueryData(orderInvoicesQuery(order.orderId).queryKey, issued),
  });
  const Title = level === 2 ? "h2" : "h3";
  const isSold = SOLD.includes(order.status) && order.total > 0;
  if (!isSold && !papers.data?.length) return null;
  return (
    <section className={level === 2 ? "card pad stack" : "stack"} aria-label={t("papers.title")}>
      <Title className={level === 2 ? "h3" : "label"}>{t("papers.title")}</Title>
      {papers.isError && (
        <LoadError error={papers.error} what={t("papers.error")} retry={() => void papers.refetch()} />
      )}
      {papers.isPending && <div className="sk h-11" aria-busy="true" />}
      {papers.data && papers.data.length > 0 && (
        <ul className="stack gap-3">
          {papers.data.map((paper) => (
            <Line key={paper.invoiceId} paper={paper} />
          ))}
        </ul>
      )}
      {papers.data?.length === 0 && (
        <>
          <p className="s13 muted">{t("papers.none")}</p>
          <button
            type="button"
            className="btn btn-line justify-self-start"
            disabled={issue.isPending}
            onClick={() => issue.mutate()}
          >
            {issue.isPending ? <Busy>{t("papers.busy")}</Busy> : t("papers.do")}
          </button>
        </>
      )}
      {issue.isError && <Note tone="no" title={t("papers.failed")} live />}
    </section>
  );
}

function Line({ paper }: { paper: Invoice }) {
  const { t } = useTranslation();
  const format = useFormat();
  const amount = paper.kind === "CREDIT_NOTE" ? -paper.amount : paper.amount;
  return (
    <li className="row between flex-wrap">
      <span className="min-w-0">
        <b className="block num">{t(`papers.${paper.kind}`, { number: paper.number })}</b>
        <span className="s13 muted num block">
          {format.when(paper.issuedAt)} · {format.money(amount, paper.currency)}
        </span>
      </span>
      <Paper
        path={`/invoices/${paper.invoiceId}/pdf`}
        name={paper.number}
        words={t("papers.pdf")}
        label={t("papers.pdfOf", { number: paper.number })}
      />
    </li>
  );
}
