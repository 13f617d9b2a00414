import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { AuthLayout } from "@/features/auth/auth-layout";
import { checkEmail, checkNewPassword } from "@/features/auth/check";
import {
  acceptMutation,
  forgotMutation,
  offerQuery,
  resetMutation,
  verifyMutation,
} from "@/features/auth/recover";
import { useForm } from "@/features/auth/use-form";
import { ApiError } from "@/shared/api/errors";
import { useSession } from "@/shared/api/session";
import { Field } from "@/shared/ui/field";
import { useFocusHeading } from "@/shared/ui/focus-heading";
import { FormError } from "@/shared/ui/form-error";
import { Busy, Note } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";

// What the links in mails lead to. A link is good once: a button uses it up, not the look at the page.

export function ForgotRoute() {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const forgot = useMutation(forgotMutation);
  usePageTitle(t("auth.forgot.title"));
  useFocusHeading(forgot.isSuccess ? "sent" : "ask");
  const form = useForm(
    ["email"] as const,
    ({ email }) => ({ email: checkEmail(email) }),
    (values) => forgot.mutate(values),
    forgot.error,
  );
  return (
    <AuthLayout>
      <h1 className="shout h1">{t(forgot.isSuccess ? "auth.forgot.sentTitle" : "auth.forgot.title")}</h1>
      {forgot.isSuccess ? (
        <p className="muted">{t("auth.forgot.sent")}</p>
      ) : (
        <>
          <p className="muted">{t("auth.forgot.text")}</p>
          <form
            className="stack gap-4"
            noValidate
            onSubmit={form.onSubmit}
            aria-label={t("auth.forgot.title")}
          >
            <FormError error={forgot.error} />
            <Field
              id="email"
              type="email"
              autoComplete="username"
              // Receipts and the account lead here with it.
              defaultValue={params.get("email") ?? ""}
              label={t("auth.email")}
              error={form.problem("email")}
              onInput={form.onInput("email")}
            />
            <Send busy={forgot.isPending}>{t("auth.forgot.do")}</Send>
          </form>
        </>
      )}
      <BackToSignIn />
    </AuthLayout>
  );
}

export function ResetRoute() {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const token = params.get("token") ?? "";
  const reset = useMutation(resetMutation);
  usePageTitle(t("auth.reset.title"));
  const dead = token === "" || (reset.error instanceof ApiError && reset.error.field("token") !== undefined);
  useFocusHeading(reset.isSuccess ? "done" : dead ? "dead" : "ask");
  const form = useForm(
    ["password"] as const,
    ({ password }) => ({ password: checkNewPassword(password) }),
    ({ password }) => reset.mutate({ token, password }),
    reset.error,
  );
  if (dead) return <DeadLink title={t("auth.reset.title")} text={t("auth.reset.dead")} again="/forgot" />;
  return (
    <AuthLayout>
      <h1 className="shout h1">{t(reset.isSuccess ? "auth.reset.doneTitle" : "auth.reset.title")}</h1>
      {reset.isSuccess ? (
        <p className="muted">{t("auth.reset.done")}</p>
      ) : (
        <form className="stack gap-4" noValidate onSubmit={form.onSubmit} aria-label={t("auth.reset.title")}>
          <FormError error={reset.error} />
          <Field
            id="password"
            type="password"
            autoComplete="new-password"
            label={t("auth.reset.password")}
            hint={t("auth.passwordHint")}
            error={form.problem("password")}
            onInput={form.onInput("password")}
          />
          <Send busy={reset.isPending}>{t("auth.reset.do")}</Send>
        </form>
      )}
      <BackToSignIn />
    </AuthLayout>
  );
}

export function VerifyRoute() {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const token = params.get("token") ?? "";
  const client = useQueryClient();
  const verify = useMutation({
    ...verifyMutation,
    onSuccess: () => client.invalidateQueries({ queryKey: ["me"] }),
  });
  usePageTitle(t("auth.verify.title"));
  const dead =
    token === "" || (verify.error instanceof ApiError && verify.error.field("token") !== undefined);
  useFocusHeading(verify.isSuccess ? "done" : dead ? "dead" : "ask");
  if (dead) return <DeadLink title={t("auth.verify.title")} text={t("auth.verify.dead")} again="/account" />;
  return (
    <AuthLayout>
      <h1 className="shout h1">{t(verify.isSuccess ? "auth.verify.doneTitle" : "auth.verify.title")}</h1>
      {verify.isSuccess ? (
        <Link className="btn btn-flood btn-lg btn-block" to="/">
          {t("nav.discover")}
        </Link>
      ) : (
        <>
          <p className="muted">{t("auth.verify.text")}</p>
          <FormError error={verify.error} />
          <Act busy={verify.isPending} act={() => verify.mutate(token)}>
            {t("auth.verify.do")}
          </Act>
        </>
      )}
    </AuthLayout>
  );
}

export function InvitationRoute() {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const token = params.get("token") ?? "";
  const status = useSession((session) => session.status);
  const client = useQueryClient();
  const offer = useQuery(offerQuery(token));
  const accept = useMutation({
    ...acceptMutation,
    onSuccess: () => client.invalidateQueries({ queryKey: ["me"] }),
  });
  usePageTitle(t("auth.invitation.title"));
  const is404 = (error: unknown) => error instanceof ApiError && error.status === 404;
  const dead = token === "" || is404(accept.error) || (!accept.isSuccess && is404(offer.error));
  useFocusHeading(accept.isSuccess ? "done" : dead ? "dead" : "ask");
  if (dead)
    return <DeadLink title={t("auth.invitation.title")} text={t("auth.invitation.dead")} again="/account" />;
  const next = `?next=${encodeURIComponent(`/invitation?token=${token}`)}`;
  return (
    <AuthLayout>
      <h1 className="shout h1">
        {t(accept.isSuccess ? "auth.invitation.doneTitle" : "auth.invitation.title")}
      </h1>
      {accept.isSuccess && (
        <Link className="btn btn-flood btn-lg btn-block" to="/organizer">
          {t("auth.invitation.open")}
        </Link>
      )}
      {offer.data !== undefined && (
        <p>
          {t("auth.invitation.of", {
            organization: offer.data.organizationName,
            role: t(`auth.invitation.role.${offer.data.role}`),
          })}
        </p>
      )}
      {!accept.isSuccess && <p className="muted">{t("auth.invitation.text")}</p>}
      {!accept.isSuccess && status === "person" && (
        <>
          <FormError error={accept.error} />
          <Act busy={accept.isPending} act={() => accept.mutate(token)}>
            {t("auth.invitation.do")}
          </Act>
        </>
      )}
      {(status === "visitor" || status === "guest") && (
        <>
          <Link className="btn btn-flood btn-lg btn-block" to={`/sign-in${next}`}>
            {t("nav.signIn")}
          </Link>
          <Link className="btn btn-line btn-lg btn-block" to={`/register${next}`}>
            {t("nav.register")}
          </Link>
        </>
      )}
    </AuthLayout>
  );
}

function DeadLink({ title, text, again }: { title: string; text: string; again: string }) {
  const { t } = useTranslation();
  return (
    <AuthLayout>
      <h1 className="shout h1">{title}</h1>
      <Note tone="no" title={t("auth.dead")} live>
        <p>{text}</p>
      </Note>
      <Link className="btn btn-flood btn-lg btn-block" to={again}>
        {t(again === "/forgot" ? "auth.again" : "auth.toAccount")}
      </Link>
    </AuthLayout>
  );
}

function BackToSignIn() {
  const { t } = useTranslation();
  return (
    <p>
      <Link className="link inline-flex min-h-11 items-center" to="/sign-in">
        {t("auth.signIn.link")}
      </Link>
    </p>
  );
}

function Send({ busy, children }: { busy: boolean; children: string }) {
  return (
    <button type="submit" className="btn btn-flood btn-lg btn-block" disabled={busy} aria-busy={busy}>
      {busy ? <Busy>{children}</Busy> : children}
    </button>
  );
}

function Act({ busy, act, children }: { busy: boolean; act: () => void; children: string }) {
  return (
    <button
      type="button"
      className="btn btn-flood btn-lg btn-block"
      disabled={busy}
      aria-busy={busy}
      onClick={act}
    >
      {busy ? <Busy>{children}</Busy> : children}
    </button>
  );
}
