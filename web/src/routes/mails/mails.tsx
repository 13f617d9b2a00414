import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { mailQuery, mailsQuery } from "@/features/mails/api";
import { MailEditor } from "@/features/mails/mail-editor";
import { isManager, useOrganizations } from "@/features/organizer/organization";
import type { MailLine } from "@/shared/api/contract";
import { LANGUAGES, type Language, type WordKey } from "@/shared/i18n/setup";
import { Busy, LoadError, Panel } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";
import "./mails.css";

const FIRST = "receipt";
const LANGUAGE_NAMES = Object.entries(LANGUAGES) as [Language, string][];

/** Every mail in three languages, and the organization's own words for those about its events. */
export function MailsRoute() {
  const { t } = useTranslation();
  const { current, isPending, error, retry } = useOrganizations();
  usePageTitle(t("mails.title"));
  return (
    <main className="org-main" id="main">
      <h1 className="shout text-[26px]">{t("mails.title")}</h1>
      <p className="muted">{t("mails.lead")}</p>
      {isPending && <Busy>{t("mails.loading")}</Busy>}
      {error !== null && <LoadError error={error} what={t("mails.error.mails")} retry={retry} />}
      {!isPending && error === null && !isManager(current) && (
        <div className="card">
          <Panel icon="lock" title={t("mails.managersOnly")} />
        </div>
      )}
      {current !== undefined && isManager(current) && <Mails organizationId={current.organizationId} />}
    </main>
  );
}

function Mails({ organizationId }: { organizationId: string }) {
  const { t, i18n } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const mails = useQuery(mailsQuery(organizationId));
  const template = address.get("mail") ?? FIRST;
  const wanted = address.get("language") ?? i18n.language;
  const language = wanted in LANGUAGES ? wanted : "en";
  const place = { organizationId, template, language };
  const mail = useQuery(mailQuery(place));
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(address);
    next.set(name, value);
    setAddress(next, { replace: true });
  };
  return (
    <>
      <div className="org-pair">
        <Choice lines={mails.data ?? []} template={template} choose={(name) => set("mail", name)} />
        <div className="field">
          <span className="label" id="mail-language">
            {t("mails.language")}
          </span>
          <div className="seg seg-wide" role="group" aria-labelledby="mail-language">
            {LANGUAGE_NAMES.map(([code, name]) => (
              <button
                key={code}
                type="button"
                lang={code}
                aria-pressed={language === code}
                onClick={() => set("language", code)}
              >
                {name}
              </button>
            ))}
          </div>
        </div>
      </div>
      {mails.isError && (
        <LoadError error={mails.error} what={t("mails.error.mails")} retry={() => void mails.refetch()} />
      )}
      {mail.isPending && <Busy>{t("mails.loading")}</Busy>}
      {mail.isError && (
        <LoadError error={mail.error} what={t("mails.error.mails")} retry={() => void mail.refetch()} />
      )}
      {mail.data && (
        <MailEditor key={`${organizationId} ${template} ${language}`} place={place} mail={mail.data} />
      )}
    </>
  );
}

function Choice({
  lines,
  template,
  choose,
}: {
  lines: MailLine[];
  template: string;
  choose: (name: string) => void;
}) {
  const { t } = useTranslation();
  const group = (isChangeable: boolean) =>
    lines
      .filter((line) => line.isChangeable === isChangeable)
      .map((line) => (
        <option key={line.template} value={line.template}>
          {/* One that this page is too old to know is called as the server calls it. */}
          {t(`mails.name.${line.template}` as WordKey, { defaultValue: line.template })}
          {Object.keys(line.own).length > 0 && ` (${Object.keys(line.own).join(", ")})`}
        </option>
      ));
  return (
    <div className="field">
      <label htmlFor="mail-name">{t("mails.mail")}</label>
      <select
        id="mail-name"
        className="input"
        value={template}
        onChange={({ target }) => choose(target.value)}
      >
        <optgroup label={t("mails.yours")}>{group(true)}</optgroup>
        <optgroup label={t("mails.ours")}>{group(false)}</optgroup>
      </select>
    </div>
  );
}
