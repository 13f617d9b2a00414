import { useState } from "react";
import { useTranslation } from "react-i18next";
import { saveAs } from "@/shared/ui/save-as";

/** Shown once: whoever leaves without them cannot get at them again. */
export function RecoveryCodes({ codes, done }: { codes: string[]; done: () => void }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const text = `${codes.join("\n")}\n`;
  return (
    <div className="stack gap-3" role="group" aria-label={t("account.codes.title")}>
      <p>{t("account.codes.text")}</p>
      <ol className="codes">
        {codes.map((code) => (
          <li key={code}>
            <code className="num">{code}</code>
          </li>
        ))}
      </ol>
      <div className="row flex-wrap">
        <button
          type="button"
          className="btn btn-line"
          onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
        >
          {t(copied ? "account.codes.copied" : "account.codes.copy")}
        </button>
        <button
          type="button"
          className="btn btn-line"
          onClick={() => saveAs("arenapulse-recovery-codes.txt", text, "text/plain")}
        >
          {t("account.codes.save")}
        </button>
        <button type="button" className="btn btn-line" onClick={() => window.print()}>
          {t("account.codes.print")}
        </button>
        <button type="button" className="btn btn-flood" onClick={done}>
          {t("account.codes.done")}
        </button>
      </div>
    </div>
  );
}
