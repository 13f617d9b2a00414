import { useTranslation } from "react-i18next";
import { Note } from "@/shared/ui/states";

/** The second word before what cannot be taken back. */
export function Sure({
  title,
  means,
  words,
  isBusy,
  act,
  keep,
}: {
  title: string;
  means: string;
  /** On the button that does it. */
  words: string;
  isBusy: boolean;
  act: () => void;
  keep: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Note tone="warn" title={title} live>
      <p>{means}</p>
      <div className="row mt-3 flex-wrap">
        <button type="button" className="btn btn-no" disabled={isBusy} onClick={act}>
          {words}
        </button>
        <button type="button" className="btn btn-quiet" onClick={keep}>
          {t("org.off.keep")}
        </button>
      </div>
    </Note>
  );
}
