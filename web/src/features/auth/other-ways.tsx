import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { FormError } from "@/shared/ui/form-error";
import { Note } from "@/shared/ui/states";
import { PasskeySignIn } from "./passkey-sign-in";
import { forgotMutation } from "./recover";

/** In the checkout, for whoever has an account and does not know its password, or never chose one. */
export function OtherWays({ email, done }: { email: string; done: () => void }) {
  const { t } = useTranslation();
  const forgot = useMutation(forgotMutation);
  return (
    <div className="stack gap-3">
      <PasskeySignIn words={t("identify.passkey")} done={done} />
      {forgot.isSuccess ? (
        <Note tone="ok" title={t("identify.link.sent", { email: forgot.variables.email })} live>
          <p>{t("identify.link.then")}</p>
        </Note>
      ) : (
        <button
          type="button"
          className="btn btn-line btn-lg btn-block"
          disabled={forgot.isPending}
          onClick={() => forgot.mutate({ email })}
        >
          {t("identify.link.send")}
        </button>
      )}
      <FormError error={forgot.error} />
    </div>
  );
}
