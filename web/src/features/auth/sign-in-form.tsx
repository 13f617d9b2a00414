import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Field } from "@/shared/ui/field";
import { useFocusHeading } from "@/shared/ui/focus-heading";
import { FormError } from "@/shared/ui/form-error";
import { Busy } from "@/shared/ui/states";
import { loginMutation, mfaMutation } from "./api";
import { checkEmail } from "./check";
import { PasskeySignIn } from "./passkey-sign-in";
import { useForm } from "./use-form";

export function SignInForm({ done }: { done: () => void }) {
  const { t } = useTranslation();
  const login = useMutation({ ...loginMutation, onSuccess: (answer) => !answer.mfaRequired && done() });
  const form = useForm(
    ["email", "password"] as const,
    ({ email, password }) => ({
      email: checkEmail(email),
      password: password === "" ? "auth.check.passwordMissing" : undefined,
    }),
    (values) => login.mutate(values),
    login.error,
  );
  useFocusHeading(login.data?.mfaRequired ? "code" : "password");
  if (login.data?.mfaRequired)
    return <CodeForm mfaToken={login.data.mfaToken} methods={login.data.methods} done={done} />;
  return (
    <>
      <form className="stack gap-4" noValidate onSubmit={form.onSubmit} aria-label={t("auth.signIn.title")}>
        <FormError error={login.error} />
        <Field
          id="email"
          type="email"
          autoComplete="username webauthn"
          label={t("auth.email")}
          error={form.problem("email")}
          onInput={form.onInput("email")}
        />
        <Field
          id="password"
          type="password"
          autoComplete="current-password"
          label={t("auth.password")}
          error={form.problem("password")}
          onInput={form.onInput("password")}
        />
        <button
          type="submit"
          className="btn btn-flood btn-lg btn-block"
          disabled={login.isPending}
          aria-busy={login.isPending}
        >
          {login.isPending ? <Busy>{t("auth.signIn.busy")}</Busy> : t("auth.signIn.do")}
        </button>
        <Link className="link inline-flex min-h-[44px] items-center justify-self-start" to="/forgot">
          {t("auth.signIn.forgot")}
        </Link>
      </form>
      <PasskeySignIn words={t("auth.passkey.do")} done={done} />
    </>
  );
}

interface Asked {
  mfaToken: string;
  methods: string[];
  done: () => void;
}

function CodeForm({ mfaToken, methods, done }: Asked) {
  const { t } = useTranslation();
  // A recovery code has letters, which a keypad of figures does not.
  const [isRecovery, setRecovery] = useState(false);
  const verify = useMutation({ ...mfaMutation, onSuccess: done });
  const form = useForm(
    ["code"] as const,
    ({ code }) => ({ code: code.trim() === "" ? "auth.check.codeMissing" : undefined }),
    ({ code }) => verify.mutate({ mfaToken, code: code.trim() }),
    verify.error,
  );
  return (
    <>
      <form className="stack gap-4" noValidate onSubmit={form.onSubmit} aria-label={t("auth.code.title")}>
        <FormError error={verify.error} />
        <Field
          id="code"
          inputMode={isRecovery ? "text" : "numeric"}
          autoComplete={isRecovery ? "off" : "one-time-code"}
          autoCapitalize="none"
          label={t(isRecovery ? "auth.code.recovery" : "auth.code.label")}
          hint={t(isRecovery ? "auth.code.recoveryHint" : "auth.code.hint")}
          error={form.problem("code")}
          onInput={form.onInput("code")}
        />
        <button
          type="submit"
          className="btn btn-flood btn-lg btn-block"
          disabled={verify.isPending}
          aria-busy={verify.isPending}
        >
          {verify.isPending ? <Busy>{t("auth.signIn.busy")}</Busy> : t("auth.signIn.do")}
        </button>
        <button
          type="button"
          className="link inline-flex min-h-[44px] items-center justify-self-start"
          onClick={() => setRecovery(!isRecovery)}
        >
          {t(isRecovery ? "auth.code.useApp" : "auth.code.useRecovery")}
        </button>
      </form>
      {methods.includes("passkey") && (
        <PasskeySignIn words={t("auth.passkey.do")} mfaToken={mfaToken} done={done} />
      )}
    </>
  );
}
