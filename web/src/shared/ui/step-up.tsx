import { type UseMutationResult, useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { needsStepUp, stepUpMutation } from "../api/step-up";
import { Field } from "./field";
import { FormError } from "./form-error";

/** What matters is asked again; then it is done. Any other refusal is said in words. */
export function Guard({ error, retry }: { error: unknown; retry: () => void }) {
  return needsStepUp(error) ? <StepUp retry={retry} /> : <FormError error={error} />;
}

/** The same for a change: asked again, it is made as it was wished. */
export function GuardOf<Wish>({ change }: { change: Change<Wish> }) {
  const { error, variables } = change;
  if (error === null) return null;
  return <Guard error={error} retry={() => change.mutate(variables as Wish)} />;
}

type Change<Wish> = Pick<UseMutationResult<unknown, Error, Wish>, "error" | "variables" | "mutate">;

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
    <form className="stack gap-3" noValidate onSubmit={onSubmit} aria-label={t("stepUp.title")}>
      <p className="h3">{t("stepUp.title")}</p>
      <FormError error={stepUp.error} />
      <Field
        id="step-password"
        type="password"
        autoComplete="current-password"
        autoFocus
        label={t("stepUp.password")}
        error={empty ? t("stepUp.missing") : undefined}
      />
      <Field id="step-code" autoComplete="one-time-code" label={t("stepUp.code")} />
      <button type="submit" className="btn btn-flood justify-self-start" disabled={stepUp.isPending}>
        {t("stepUp.do")}
      </button>
    </form>
  );
}
