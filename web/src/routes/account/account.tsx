import { useMutation, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink } from "react-router";
import { profileMutation } from "@/features/auth/account-api";
import { checkName } from "@/features/auth/check";
import { Unproved } from "@/features/auth/unproved";
import { useForm } from "@/features/auth/use-form";
import { SignOutButton } from "@/features/shell/menu-parts";
import type { UserProfile } from "@/shared/api/contract";
import { meQuery } from "@/shared/api/me";
import { useSession } from "@/shared/api/session";
import { Field } from "@/shared/ui/field";
import { LoadError } from "@/shared/ui/states";
import { Guard } from "@/shared/ui/step-up";
import { usePageTitle } from "@/shared/ui/use-page-title";

const TABS = [
  ["/account", "profile"],
  ["/account/orders", "orders"],
  ["/account/security", "security"],
  ["/account/preferences", "preferences"],
  ["/account/privacy", "privacy"],
] as const;

/** The heading, the way between the pages, and what is for who is signed in. */
export function AccountPage({ children }: { children: (me: UserProfile) => ReactNode }) {
  const { t } = useTranslation();
  const status = useSession((session) => session.status);
  const me = useQuery({ ...meQuery, enabled: status === "person" });
  usePageTitle(t("nav.account"));
  return (
    <main className="page max-w-[640px]!" id="main">
      <h1 className="shout text-[28px]">{t("nav.account")}</h1>
      <nav
        className="tabs-line mt-4"
        aria-label={t("account.tabs.label")}
        // On a phone the strip is wider than the screen: the page one is on is in sight.
        ref={(strip) => {
          const here = strip?.querySelector<HTMLElement>("[aria-current]");
          if (strip && here) strip.scrollLeft = here.offsetLeft - strip.offsetLeft - 40;
        }}
      >
        {TABS.map(([to, name]) => (
          <NavLink key={to} to={to} end={to === "/account"}>
            {t(`account.tabs.${name}`)}
          </NavLink>
        ))}
      </nav>
      {(status === "visitor" || status === "guest") && (
        <section className="card pad stack mt-4">
          <p>{t("account.visitor")}</p>
          <div className="row flex-wrap">
            <Link className="btn btn-flood" to="/sign-in?next=%2Faccount">
              {t("nav.signIn")}
            </Link>
            <Link className="btn btn-line" to="/register?next=%2Faccount">
              {t("nav.register")}
            </Link>
          </div>
        </section>
      )}
      {me.isError && (
        <section className="card pad stack mt-4">
          <LoadError error={me.error} what={t("account.error")} retry={() => void me.refetch()} />
        </section>
      )}
      {status === "person" && me.data && children(me.data)}
    </main>
  );
}

export function AccountRoute() {
  const { t } = useTranslation();
  return (
    <AccountPage>
      {(me) => (
        <section className="card pad stack mt-4">
          <div>
            <p className="h3">{me.fullName}</p>
            <p className="muted">{me.email}</p>
          </div>
          {!me.emailVerified && <Unproved title={t("account.profile.unproved")} />}
          <Profile me={me} />
          <SignOutButton className="btn btn-line justify-self-start" />
        </section>
      )}
    </AccountPage>
  );
}

function Profile({ me }: { me: UserProfile }) {
  const { t } = useTranslation();
  const me_ = useQuery(meQuery);
  const save = useMutation({ ...profileMutation, onSuccess: () => void me_.refetch() });
  const form = useForm(
    ["fullName", "phoneNumber"] as const,
    ({ fullName }) => ({ fullName: checkName(fullName), phoneNumber: undefined }),
    ({ fullName, phoneNumber }) =>
      save.mutate({ fullName, phoneNumber: phoneNumber.trim() === "" ? null : phoneNumber }),
    save.error,
  );
  return (
    <form className="stack gap-4" noValidate onSubmit={form.onSubmit} aria-label={t("account.tabs.profile")}>
      <Guard error={save.error} retry={() => save.variables && save.mutate(save.variables)} />
      <Field
        id="fullName"
        autoComplete="name"
        label={t("auth.fullName")}
        defaultValue={me.fullName}
        error={form.problem("fullName")}
        onInput={form.onInput("fullName")}
      />
      <Field
        id="phoneNumber"
        type="tel"
        autoComplete="tel"
        label={t("account.profile.phone")}
        hint={t("account.profile.phoneHint")}
        defaultValue={me.phoneNumber ?? ""}
        error={form.problem("phoneNumber")}
        onInput={form.onInput("phoneNumber")}
      />
      <div className="row">
        <button type="submit" className="btn btn-flood justify-self-start" disabled={save.isPending}>
          {t("account.profile.save")}
        </button>
        {save.isSuccess && <p role="status">{t("account.profile.saved")}</p>}
      </div>
    </form>
  );
}
