import { useTranslation } from "react-i18next";
import type { MailPreview, MailTemplate } from "@/shared/api/contract";
import { MailFrame } from "./mail-frame";

/** How a mail looks, as text, and as a text message. */
export function MailPreviewPanel({
  preview,
  isStale,
  textMessage,
}: {
  preview: MailPreview;
  isStale: boolean;
  textMessage: MailTemplate["textMessage"];
}) {
  const { t } = useTranslation();
  return (
    <section className="card mail-look" aria-label={t("mails.preview")}>
      <header className="pad">
        <p className="kicker">{isStale ? t("mails.stalePreview") : t("mails.preview")}</p>
        <h2 className="h3">{preview.subject}</h2>
      </header>
      <MailFrame html={preview.html} title={t("mails.preview")} />
      <details className="pad">
        <summary className="mail-more">{t("mails.plain")}</summary>
        <pre className="mail-plain">{preview.text}</pre>
      </details>
      {textMessage !== null && (
        <div className="pad">
          <p className="kicker">{t("mails.sms", { count: textMessage.segments })}</p>
          <p className="mail-plain">{textMessage.text}</p>
        </div>
      )}
    </section>
  );
}
