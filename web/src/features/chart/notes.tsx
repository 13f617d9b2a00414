import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import { Note } from "@/shared/ui/states";

/** What was drawn here before and not saved. */
export function KeptOffer({ at, take, drop }: { at: string; take: () => void; drop: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Note tone="info" title={t("plan.kept", { at: format.when(at) })}>
      <div className="row flex-wrap mt-3">
        <button type="button" className="btn btn-solid btn-sm" onClick={take}>
          {t("plan.takeUp")}
        </button>
        <button type="button" className="btn btn-quiet btn-sm" onClick={drop}>
          {t("plan.dropKept")}
        </button>
      </div>
    </Note>
  );
}

/** Somebody made another chart the venue's own while this one was being drawn. */
export function Newer({ isUnsaved, open }: { isUnsaved: boolean; open: () => void }) {
  const { t } = useTranslation();
  return (
    <Note tone="warn" title={t("plan.overtaken")} live>
      {isUnsaved && <p>{t("plan.newerText")}</p>}
      <button type="button" className="btn btn-line btn-sm mt-3" onClick={open}>
        {t("plan.openNewer")}
      </button>
    </Note>
  );
}

/** The own one lies beside theirs, and a person says which of the two is the venue's. */
export function Beside({ anyway, leave }: { anyway: () => void; leave: () => void }) {
  const { t } = useTranslation();
  return (
    <Note tone="warn" title={t("plan.overtaken")} live>
      <p>{t("plan.overtakenText")}</p>
      <div className="row flex-wrap mt-3">
        <button type="button" className="btn btn-line btn-sm" onClick={leave}>
          {t("plan.keepCopy")}
        </button>
        <button type="button" className="btn btn-line btn-sm" onClick={anyway}>
          {t("plan.anyway")}
        </button>
      </div>
    </Note>
  );
}
