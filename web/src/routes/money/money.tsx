import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";
import { disputesQuery, invoicesQuery, ledgerQuery } from "@/features/money/api";
import { placesOf, sumsOf, totals } from "@/features/money/sums";
import { ownEventsQuery } from "@/features/organizer/api";
import { isManager, useOrganizations } from "@/features/organizer/organization";
import type { Dispute, Invoice, LedgerLine } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Paper } from "@/shared/ui/paper";
import { Busy, LoadError, Panel } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { SPANS, type SpanName, spanOf } from "./spans";
import "./money.css";

/** What came in and went back, disputes, invoices: everything out of the ledger, nothing estimated. */
export function MoneyRoute() {
  const { t } = useTranslation();
  const { organizationId = "" } = useParams();
  const { all, isPending, error, retry } = useOrganizations();
  const own = all.find((membership) => membership.organizationId === organizationId);
  usePageTitle(t("money.title"));
  return (
    <main className="org-main" id="main">
      <div>
        <p className="kicker muted">{own?.name ?? "\u00a0"}</p>
        <h1 className="shout text-[26px]">{t("money.title")}</h1>
      </div>
      {isPending && <Busy>{t("money.loading")}</Busy>}
      {error !== null && <LoadError error={error} what={t("money.error.money")} retry={retry} />}
      {!isPending && error === null && !isManager(own) && (
        <div className="card">
          <Panel icon="lock" title={t("money.managersOnly")} />
        </div>
      )}
      {isManager(own) && (
        <>
          <Ledger organizationId={organizationId} />
          <Disputes organizationId={organizationId} />
          <Invoices organizationId={organizationId} />
        </>
      )}
    </main>
  );
}

function Ledger({ organizationId }: { organizationId: string }) {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const wanted = address.get("span") as SpanName | null;
  const span = wanted !== null && SPANS.includes(wanted) ? wanted : "all";
  const ledger = useQuery(ledgerQuery(organizationId, spanOf(span, new Date())));
  const choose = (name: string) => setAddress(name === "all" ? {} : { span: name }, { replace: true });
  return (
    <section className="stack" aria-label={t("money.ledger")}>
      <div className="field money-span">
        <label htmlFor="money-span">{t("money.span")}</label>
        <select
          id="money-span"
          className="input"
          value={span}
          onChange={({ target }) => choose(target.value)}
        >
          {SPANS.map((name) => (
            <option key={name} value={name}>
              {t(`money.spans.${name}`)}
            </option>
          ))}
        </select>
      </div>
      {ledger.isPending && <div className="sk h-24" aria-busy="true" />}
      {ledger.isError && (
        <LoadError error={ledger.error} what={t("money.error.ledger")} retry={() => void ledger.refetch()} />
      )}
      {ledger.data?.length === 0 && (
        <div className="card">
          <Panel icon="card" title={t("money.none")} text={t("money.noneText")} />
        </div>
      )}
      {totals(ledger.data ?? []).map((total) => (
        <Total key={total.currency} total={total} />
      ))}
      {ledger.data !== undefined && ledger.data.length > 0 && (
        <ByEvent organizationId={organizationId} lines={ledger.data} />
      )}
    </section>
  );
}

/** The sums of a currency, and where the money is. */
function Total({ total }: { total: LedgerLine }) {
  const { t } = useTranslation();
  const format = useFormat();
  const cash = (minor: number) => format.money(minor, total.currency);
  const sums = sumsOf(total);
  const tiles = [
    { name: t("money.sold"), value: sums.sold, means: t("money.soldTax", { tax: cash(sums.tax) }) },
    { name: t("money.back"), value: sums.back, means: t("money.backMeans") },
    { name: t("money.disputed"), value: sums.disputed, means: t("money.disputedMeans") },
    {
      name: t("money.stays"),
      value: sums.stays,
      means: placesOf(total)
        .map(({ place, amount }) => t(`money.place.${place}`, { amount: cash(amount) }))
        .join(" · "),
    },
  ];
  return (
    <dl className="org-tiles money-tiles">
      {tiles.map(({ name, value, means }) => (
        <div className="card org-tile" key={name}>
          <dt>{name}</dt>
          <dd className="score num">{cash(value)}</dd>
          <dd className="s12 muted num">{means}</dd>
        </div>
      ))}
    </dl>
  );
}

function ByEvent({ organizationId, lines }: { organizationId: string; lines: LedgerLine[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const events = useQuery(ownEventsQuery(organizationId));
  const nameOf = (eventId: string) => events.data?.find(({ id }) => id === eventId)?.name;
  return (
    <div className="card org-panel">
      <header>
        <h2 className="h3">{t("money.byEvent")}</h2>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways is scrolled by keyboard, too */}
      <section className="money-scroll" aria-label={t("money.byEvent")} tabIndex={0}>
        <table className="org-table">
          <thead>
            <tr>
              <th scope="col">{t("money.event")}</th>
              <th scope="col" className="n">
                {t("money.sold")}
              </th>
              <th scope="col" className="n">
                {t("money.stays")}
              </th>
              <th scope="col" className="n">
                {t("money.back")}
              </th>
              <th scope="col" className="n">
                {t("money.disputed")}
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => {
              const { sold, back, disputed, stays } = sumsOf(line);
              return (
                <tr key={`${line.eventId}${line.currency}`}>
                  <th scope="row">{nameOf(line.eventId) ?? t("money.event")}</th>
                  {[sold, stays, back, disputed].map((amount, column) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: the columns of one table never move
                    <td className="n" key={column}>
                      {format.money(amount, line.currency)}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function Disputes({ organizationId }: { organizationId: string }) {
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
      isEmpty={lines.length === 0}
    >
      {lines.map((dispute) => (
        <DisputeLine key={dispute.disputeId} dispute={dispute} />
      ))}
    </Listed>
  );
}

function DisputeLine({ dispute }: { dispute: Dispute }) {
  const { t } = useTranslation();
  const format = useFormat();
  const isOpen = dispute.status === "OPEN";
  return (
    <li className="money-line">
      <span className="min-w-0">
        <b className="block num">
          {format.money(dispute.amount, dispute.currency)} · {t(`money.dispute.${dispute.status}`)}
        </b>
        <span className="s13 muted num block">
          {format.when(dispute.openedAt)} · <span className="mono">{dispute.reason}</span>
        </span>
        {isOpen && dispute.dueBy !== null && (
          <span className="s13 block">{t("money.dueBy", { when: format.when(dispute.dueBy) })}</span>
        )}
      </span>
      <Paper
        path={`/orders/${dispute.orderId}/evidence`}
        name={`evidence-${dispute.disputeId}`}
        words={t("money.evidence")}
        label={t("money.evidenceOf", { amount: format.money(dispute.amount, dispute.currency) })}
      />
    </li>
  );
}

function Invoices({ organizationId }: { organizationId: string }) {
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
      isEmpty={lines.length === 0}
    >
      {lines.map((invoice) => (
        <InvoiceLine key={invoice.invoiceId} invoice={invoice} />
      ))}
    </Listed>
  );
}

function InvoiceLine({ invoice }: { invoice: Invoice }) {
  const { t } = useTranslation();
  const format = useFormat();
  const amount = invoice.kind === "INVOICE" ? invoice.amount : -invoice.amount;
  return (
    <li className="money-line">
      <span className="min-w-0">
        <b className="block num">
          {t(`money.paper.${invoice.kind}`)} {invoice.number}
        </b>
        <span className="s13 muted num block">
          {format.when(invoice.issuedAt)} · {format.money(amount, invoice.currency)}
        </span>
      </span>
      <Paper
        path={`/invoices/${invoice.invoiceId}/pdf`}
        name={invoice.number}
        words={t("money.pdf")}
        label={t("money.pdfOf", { number: invoice.number })}
      />
    </li>
  );
}

interface Pages {
  isPending: boolean;
  isError: boolean;
  error: unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  refetch: () => unknown;
  fetchNextPage: () => unknown;
}

/** A list that grows by pages, with a word for when nothing is in it. */
function Listed(props: {
  title: string;
  text: string;
  none: string;
  failed: string;
  query: Pages;
  isEmpty: boolean;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const { query } = props;
  return (
    <section className="card org-panel" aria-label={props.title}>
      <header>
        <h2 className="h3">{props.title}</h2>
      </header>
      <p className="hint">{props.text}</p>
      {query.isPending && <div className="sk h-24" aria-busy="true" />}
      {query.isError && (
        <LoadError error={query.error} what={props.failed} retry={() => void query.refetch()} />
      )}
      {!query.isPending && !query.isError && props.isEmpty && <p className="muted">{props.none}</p>}
      {!props.isEmpty && <ul className="money-list">{props.children}</ul>}
      {query.hasNextPage && (
        <button
          type="button"
          className="btn btn-line"
          disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t("money.more")}
        </button>
      )}
    </section>
  );
}
