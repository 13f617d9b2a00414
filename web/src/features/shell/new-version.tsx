import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/shared/ui/icon";
import { takeNewVersion, useVersion } from "@/shared/ui/version";

/** A newer version is there: whoever is in the middle of something decides when. */
export function NewVersion() {
  const { t } = useTranslation();
  const isThere = useVersion(({ waiting, isIn }) => waiting !== null || isIn);
  const [isLater, setLater] = useState(false);
  if (!isThere || isLater) return null;
  return (
    <div className="toast new-version" role="status">
      <span className="grow">{t("version.there")}</span>
      <button type="button" className="btn btn-sm" onClick={takeNewVersion}>
        {t("version.load")}
      </button>
      <button
        type="button"
        className="icon-btn"
        aria-label={t("version.later")}
        onClick={() => setLater(true)}
      >
        <Icon name="x" className="i-s" />
      </button>
    </div>
  );
}
