import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { MailVersion } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { LoadError } from "@/shared/ui/states";
import { type MailPlace, mailVersionsQuery } from "./api";

/** What was written before; it comes back into the editor, not into use. */
export function Earlier({ place, choose }: { place: MailPlace; choose: (own: MailVersion) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isOpen, setOpen] = useState(false);
  const versions = useQuery({ ...mailVersionsQuery(place), enabled: isOpen });
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="mail-more">{t("mails.earlier")}</summary>
      {versions.isError && (
        <LoadError
          error={versions.error}
          what={t("mails.error.versions")}
          retry={() => void versions.refetch()}
        />
      )}
      {versions.data?.length === 0 && <p className="muted s13">{t("mails.noEarlier")}</p>}
      <ul className="mail-values">
        {versions.data?.map((version) => (
          <li key={version.version}>
            <button type="button" className="btn btn-line btn-sm" onClick={() => choose(version)}>
              {t("mails.version", { n: version.version })}
            </button>
            <span className="muted s13 num">
              {format.when(version.createdAt)}
              {version.isActive && ` · ${t("mails.active")}`}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
