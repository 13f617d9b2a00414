import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { SignOutButton } from "@/features/shell/account-menu";
import { LanguageChoice, ThemeChoice } from "@/features/shell/preferences";
import { meQuery } from "@/shared/api/me";
import { useSession } from "@/shared/api/session";
import { LoadError } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";

export function AccountRoute() {
  const { t } = useTranslation();
  const status = useSession((session) => session.status);
  const me = useQuery({ ...meQuery, enabled: status === "person" });
  usePageTitle(t("nav.account"));
  return (
    <main className="page max-w-[640px]!" id="main">
      <h1 className="shout text-[28px]">{t("nav.account")}</h1>
      <section className="card pad stack mt-4">
        {(status === "visitor" || status === "guest") && (
          <>
            <p>{t("account.visitor")}</p>
            <div className="row flex-wrap">
              <Link className="btn btn-flood" to="/sign-in?next=%2Faccount">
                {t("nav.signIn")}
              </Link>
              <Link className="btn btn-line" to="/register?next=%2Faccount">
                {t("nav.register")}
              </Link>
            </div>
          </>
        )}
        {me.isError && (
          <LoadError error={me.error} what={t("account.error")} retry={() => void me.refetch()} />
        )}
        {me.data && (
          <>
            <div>
              <p className="h3">{me.data.fullName}</p>
              <p className="muted">{me.data.email}</p>
            </div>
            <SignOutButton className="btn btn-line justify-self-start" />
          </>
        )}
      </section>
      <section className="card pad stack mt-4" aria-label={t("account.look")}>
        <ThemeChoice />
        <LanguageChoice id="account-language" />
      </section>
    </main>
  );
}
