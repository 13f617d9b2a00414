import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/shared/ui/icon";

/** What is shown this once: whoever leaves without it has to make another. */
export function Secrets({
  title,
  text,
  secrets,
  done,
}: {
  title: string;
  text: string;
  secrets: readonly (readonly [label: string, value: string])[];
  done: () => void;
}) {
  const { t } = useTranslation();
  return (
    <section className="card pad stack set-made" aria-label={title}>
      <h2 className="h3" ref={focusOn} tabIndex={-1}>
        {title}
      </h2>
      <p>{text}</p>
      {secrets.map(([label, value]) => (
        <Secret key={label} label={label} value={value} />
      ))}
      <button type="button" className="btn btn-flood justify-self-start" onClick={done}>
        {t("set.secret.done")}
      </button>
    </section>
  );
}

/** What has just come to be is where the focus goes. */
const focusOn = (heading: HTMLElement | null): void => heading?.focus();

function Secret({ label, value }: { label: string; value: string }) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  return (
    <div>
      <p className="label">{label}</p>
      <div className="row">
        <code className="mono set-code grow">{value}</code>
        <button
          type="button"
          className="btn btn-line"
          aria-label={t("set.secret.copyOf", { label })}
          onClick={() => void navigator.clipboard.writeText(value).then(() => setCopied(true))}
        >
          <Icon name={isCopied ? "check" : "copy"} />
          <span aria-live="polite">{t(isCopied ? "set.secret.copied" : "set.secret.copy")}</span>
        </button>
      </div>
    </div>
  );
}
