import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { codeOf } from "@/shared/api/errors";
import { LoadError, Panel } from "@/shared/ui/states";

export function CheckoutSkeleton() {
  const { t } = useTranslation();
  return (
    <main className="co" id="main" aria-busy="true">
      <p className="sr" role="status">
        {t("checkout.loading")}
      </p>
      <div className="card sum pad only-d stack">
        <div className="sk h-[76px]" />
        <div className="sk h-5 w-[80%]" />
        <div className="sk h-11" />
      </div>
      <div className="stack">
        <div className="sk h-9 w-32" />
        <div className="sk h-14" />
        <div className="sk h-14" />
        <div className="sk h-14" />
      </div>
    </main>
  );
}

export function CheckoutMissing({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  const isMissing = codeOf(error) === "ORDER001" || codeOf(error) === "VALIDATION001";
  return (
    <main className="center" id="main">
      {isMissing ? (
        <Panel icon="search" title={t("checkout.missing.title")} text={t("checkout.missing.text")} level={1}>
          <Link className="btn btn-line" to="/tickets">
            {t("nav.myTickets")}
          </Link>
        </Panel>
      ) : (
        <LoadError error={error} what={t("checkout.error")} retry={retry} />
      )}
    </main>
  );
}
