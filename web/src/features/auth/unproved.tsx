import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Note } from "@/shared/ui/states";
import { Guard } from "@/shared/ui/step-up";
import { resendMutation } from "./recover";

/** What is not known yet of an address, and another link that shows it. */
export function Unproved({ title, text }: { title: string; text?: string }) {
  const { t } = useTranslation();
  const resend = useMutation(resendMutation);
  return (
    <Note tone="warn" title={title}>
      {text !== undefined && <p>{text}</p>}
      {resend.isSuccess ? (
        <p role="status">{t("account.profile.resent")}</p>
      ) : (
        <button
          type="button"
          className="link inline-flex min-h-11 items-center"
          disabled={resend.isPending}
          onClick={() => resend.mutate()}
        >
          {t("account.profile.resend")}
        </button>
      )}
      <Guard error={resend.error} retry={() => resend.mutate()} />
    </Note>
  );
}
