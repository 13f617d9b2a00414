import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import {
  endSessionMutation,
  methodsQuery,
  passwordMutation,
  type SessionView,
  sessionsQuery,
} from "@/features/auth/account-api";
import { checkNewPassword } from "@/features/auth/check";
import { Passkeys } from "@/features/auth/passkeys";
import { Totp } from "@/features/auth/totp";
import { Unproved } from "@/features/auth/unproved";
import { useForm } from "@/features/auth/use-form";
import { request } from "@/shared/api/client";
import { leaveSession } from "@/shared/api/session";
import { useFormat } from "@/shared/i18n/format";
import { Field } from "@/shared/ui/field";
import { FormError } from "@/shared/ui/form-error";
import { LoadError } from "@/shared/ui/states";
import { AccountPage } from "./account";
import { NoPassword } from "./no-password";

export function SecurityRoute() {
  const { t } = useTranslation();
  return (
    <AccountPage>
      {(me) => (
        <>
          {me.emailProvedByLink && (
            <div className="mt-4">
              <Unproved title={t("account.security.byLink")} text={t("account.security.byLinkMeans")} />
            </div>
          )}
          <Part title={t("account.totp.title")}>
            <AppCodes hasFactor={me.mfaEnabled} />
          </Part>
          <Part title={t("account.passkeys.title")}>
            <Passkeys />
          </Part>
          <Part title={t("account.password.title")}>
            <Password email={me.email} />
          </Part>
          <Part title={t("account.sessions.title")}>
            <Sessions />
          </Part>
        </>
      )}
    </AccountPage>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="card pad stack mt-4" aria-label={title}>
      <h2 className="h3">{title}</h2>
      {children}
    </section>
  );
}

/** The profile says whether there is a factor; that it is an app is what the passkeys leave over. */
function AppCodes({ hasFactor }: { hasFactor: boolean }) {
  const methods = useQuery(methodsQuery);
  return <Totp isOn={methods.data?.methods.includes("totp") ?? false} hasFactor={hasFactor} />;
}

function Password({ email }: { email: string }) {
  const { t } = useTranslation();
  const change = useMutation(passwordMutation);
  const form = useForm(
    ["currentPassword", "newPassword"] as const,
    ({ currentPassword, newPassword }) => ({
      currentPassword: currentPassword === "" ? "auth.check.passwordMissing" : undefined,
      newPassword: checkNewPassword(newPassword),
    }),
    (values) => change.mutate(values),
    change.error,
  );
  if (change.isSuccess) return <p role="status">{t("account.password.done")}</p>;
  return (
    <form
      className="stack gap-4"
      noValidate
      onSubmit={form.onSubmit}
      aria-label={t("account.password.title")}
    >
      <FormError error={change.error} />
      <Field
        id="currentPassword"
        type="password"
        autoComplete="current-password"
        label={t("account.password.current")}
        error={form.problem("currentPassword")}
        onInput={form.onInput("currentPassword")}
      />
      <Field
        id="newPassword"
        type="password"
        autoComplete="new-password"
        label={t("account.password.next")}
        hint={t("auth.passwordHint")}
        error={form.problem("newPassword")}
        onInput={form.onInput("newPassword")}
      />
      <button type="submit" className="btn btn-line justify-self-start" disabled={change.isPending}>
        {t("account.password.do")}
      </button>
      <NoPassword email={email} />
    </form>
  );
}

function Sessions() {
  const { t } = useTranslation();
  const list = useQuery(sessionsQuery);
  const everywhere = useMutation({
    mutationFn: () => leaveSession(() => request("/auth/logout-all", { method: "POST" })),
  });
  return (
    <>
      {list.isError && (
        <LoadError error={list.error} what={t("account.error")} retry={() => void list.refetch()} />
      )}
      <ul className="stack gap-3">
        {list.data?.map((session) => (
          <OneSession key={session.id} session={session} />
        ))}
      </ul>
      <button
        type="button"
        className="btn btn-line justify-self-start"
        disabled={everywhere.isPending}
        onClick={() => everywhere.mutate()}
      >
        {t("account.sessions.endAll")}
      </button>
    </>
  );
}

function OneSession({ session }: { session: SessionView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const end = useMutation({
    ...endSessionMutation,
    onSuccess: () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
  return (
    <li className="row flex-wrap justify-between">
      <div>
        <p>{session.device === "" ? t("account.sessions.unknown") : session.device}</p>
        <p className="muted">
          {session.current
            ? t("account.sessions.here")
            : t("account.sessions.seen", { when: format.when(session.lastUsedAt) })}
        </p>
      </div>
      {!session.current && (
        <button
          type="button"
          className="btn btn-line"
          disabled={end.isPending}
          onClick={() => end.mutate(session.id)}
        >
          {t("account.sessions.end")}
        </button>
      )}
      <FormError error={end.error} />
    </li>
  );
}
