import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { isManager, useOrganizations } from "@/features/organizer/organization";
import { Busy, LoadError, Panel } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { Ledger } from "./ledger";
import { Disputes, Invoices } from "./papers";
import { Payouts } from "./payouts";
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
          <Payouts organizationId={organizationId} />
          <Disputes organizationId={organizationId} />
          <Invoices organizationId={organizationId} />
        </>
      )}
    </main>
  );
}
