import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "@/shared/ui/field";
import { needsStepUp, stepUpMutation } from "./account-api";
import { FormError } from "./form-error";

/** What matters is asked again; then it is done. Any other refusal is said in words. */
export function Guard({ error, retry }: { error: unknown; retry: () => void }) {
  return needsStepUp(error) ? <StepUp retry={retry} /> : <FormError error={error} />;
}

function StepUp({ retry }: { retry: () => void }) {
  const { t } = useTranslation();
  const [empty, setEmpty] = useState(false);
  const stepUp = useMutation({ ...stepUpMutation, onSuccess: retry });
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const password = String(data.get("step-password") ?? "");
    const code = String(data.get("step-code") ?? "").trim();
    setEmpty(password === "" && code === "");
    if (password !== "") stepUp.mutate({ password });
    else if (code !== "") stepUp.mutate({ code });
  };
  return (
    <form className="stack gap-3" noValidate onSubmit={onSubmit} aria-label={t("account.stepUp.title")}>
      <p className="h3">{t("account.stepUp.title")}</p>
      <FormError error={stepUp.error} />
      <Field
        id="step-password"
        type="password"
        autoComplete="current-password"
        autoFocus
        label={t("account.stepUp.password")}
        error={empty ? t("auth.check.passwordMissing") : undefined}
      />
      <Field id="step-code" autoComplete="one-time-code" label={t("account.stepUp.code")} />
      <button type="submit" className="btn btn-flood justify-self-start" disabled={stepUp.isPending}>
        {t("account.stepUp.do")}
      </button>
    </form>
  );
}
