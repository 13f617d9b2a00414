import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Field } from "@/shared/ui/field";
import { FormError } from "@/shared/ui/form-error";
import { Busy } from "@/shared/ui/states";
import { registerMutation } from "./api";
import { checkEmail, checkName, checkNewPassword } from "./check";
import { useForm } from "./use-form";

const NAMES = ["fullName", "email", "password"] as const;

export function RegisterForm({ done }: { done: () => void }) {
  const { t } = useTranslation();
  const register = useMutation({ ...registerMutation, onSuccess: done });
  const form = useForm(
    NAMES,
    (values) => ({
      fullName: checkName(values.fullName),
      email: checkEmail(values.email),
      password: checkNewPassword(values.password),
    }),
    (values) => register.mutate(values),
    register.error,
  );
  return (
    <form className="stack gap-4" noValidate onSubmit={form.onSubmit} aria-label={t("auth.register.title")}>
      <FormError error={register.error} />
      <Field
        id="fullName"
        autoComplete="name"
        label={t("auth.fullName")}
        error={form.problem("fullName")}
        onInput={form.onInput("fullName")}
      />
      <Field
        id="email"
        type="email"
        autoComplete="email"
        label={t("auth.email")}
        hint={t("auth.emailHint")}
        error={form.problem("email")}
        onInput={form.onInput("email")}
      />
      <Field
        id="password"
        type="password"
        autoComplete="new-password"
        label={t("auth.password")}
        hint={t("auth.passwordHint")}
        error={form.problem("password")}
        onInput={form.onInput("password")}
      />
      <button
        type="submit"
        className="btn btn-flood btn-lg btn-block"
        disabled={register.isPending}
        aria-busy={register.isPending}
      >
        {register.isPending ? <Busy>{t("auth.register.busy")}</Busy> : t("auth.register.do")}
      </button>
    </form>
  );
}
