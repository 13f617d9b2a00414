import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { isManager, useOrganizations } from "@/features/organizer/organization";
import { Busy, LoadError, Panel } from "@/shared/ui/states";
import { useAddress } from "@/shared/ui/use-address";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { Ledger } from "./ledger";
import { Disputes, Invoices } from "./papers";
import { Payouts } from "./payouts";
import "./money.css";

const LISTS = { payouts: Payouts, disputes: Disputes, invoices: Invoices } as const;
const NAMES = ["payouts", "disputes", "invoices"] as const;

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
          <Lists organizationId={organizationId} />
        </>
      )}
    </main>
  );
}

/** One list at a time, for each may be long; which one stands in the address. */
function Lists({ organizationId }: { organizationId: string }) {
  const { t } = useTranslation();
  const [address, put] = useAddress();
  const chosen = NAMES.find((name) => name === address.get("list")) ?? "payouts";
  const List = LISTS[chosen];
  return (
    <>
      <div className="seg justify-self-start" role="group" aria-label={t("money.lists")}>
        {NAMES.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === chosen}
            onClick={() => put({ list: name === "payouts" ? null : name })}
          >
            {t(`money.${name}`)}
          </button>
        ))}
      </div>
      <List key={chosen} organizationId={organizationId} />
    </>
  );
}
