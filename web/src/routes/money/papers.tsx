import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { disputesQuery, invoicesQuery } from "@/features/money/api";
import type { Dispute, Invoice } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Paper } from "@/shared/ui/paper";
import { Listed } from "./listed";

export function Disputes({ organizationId }: { organizationId: string }) {
  const { t } = useTranslation();
  const disputes = useInfiniteQuery(disputesQuery(organizationId));
  const lines = disputes.data?.pages.flatMap((page) => page.lines) ?? [];
  return (
    <Listed
      title={t("money.disputes")}
      text={t("money.disputesText")}
      none={t("money.noDisputes")}
      failed={t("money.error.disputes")}
      query={disputes}
      items={lines}
      heights={{ phone: 128, wide: 84 }}
      keyOf={({ disputeId }) => disputeId}
    >
      {(dispute) => <DisputeLine dispute={dispute} />}
    </Listed>
  );
}

function DisputeLine({ dispute }: { dispute: Dispute }) {
  const { t } = useTranslation();
  const format = useFormat();
  const isOpen = dispute.status === "OPEN";
  return (
    <div className="money-line">
      <b className="num">
        {format.money(dispute.amount, dispute.currency)} · {t(`money.dispute.${dispute.status}`)}
      </b>
      <span className="s13">
        <span className="muted num block">
          {format.when(dispute.openedAt)} · <span className="mono">{dispute.reason}</span>
        </span>
        {isOpen && dispute.dueBy !== null && (
          <span className="block">{t("money.dueBy", { when: format.when(dispute.dueBy) })}</span>
        )}
      </span>
      <Paper
        path={`/orders/${dispute.orderId}/evidence`}
        name={`evidence-${dispute.disputeId}`}
        words={t("money.evidence")}
        label={t("money.evidenceOf", { amount: format.money(dispute.amount, dispute.currency) })}
      />
    </div>
  );
}

export function Invoices({ organizationId }: { organizationId: string }) {
  const { t } = useTranslation();
  const invoices = useInfiniteQuery(invoicesQuery(organizationId));
  const lines = invoices.data?.pages.flatMap((page) => page.lines) ?? [];
  return (
    <Listed
      title={t("money.invoices")}
      text={t("money.invoicesText")}
      none={t("money.noInvoices")}
      failed={t("money.error.invoices")}
      query={invoices}
      items={lines}
      heights={{ phone: 92, wide: 68 }}
      keyOf={({ invoiceId }) => invoiceId}
    >
      {(invoice) => <InvoiceLine invoice={invoice} />}
    </Listed>
  );
}

function InvoiceLine({ invoice }: { invoice: Invoice }) {
  const { t } = useTranslation();
  const format = useFormat();
  const amount = invoice.kind === "CREDIT_NOTE" ? -invoice.amount : invoice.amount;
  return (
    <div className="money-line">
      <b className="num">
        {t(`money.paper.${invoice.kind}`)} {invoice.number}
      </b>
      <span className="s13 muted num">
        {format.when(invoice.issuedAt)} · {format.money(amount, invoice.currency)}
      </span>
      <Paper
        path={`/invoices/${invoice.invoiceId}/pdf`}
        name={invoice.number}
        words={t("money.pdf")}
        label={t("money.pdfOf", { number: invoice.number })}
      />
    </div>
  );
}
