import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Note } from "./states";

/** For what cannot be taken back: the first press says what it means, the second does it. */
export function AskTwice({
  words,
  label,
  means,
  isBusy,
  act,
  children,
}: {
  words: string;
  /** For who hears the buttons without what stands beside them. */
  label: string;
  means: string;
  isBusy: boolean;
  act: () => void;
  children?: ReactNode;
}) {
  const { t } = useTranslation();
  const [isAsked, setAsked] = useState(false);
  if (!isAsked)
    return (
      <button
        type="button"
        className="btn btn-line btn-sm justify-self-start"
        aria-label={label}
        disabled={isBusy}
        onClick={() => setAsked(true)}
      >
        {words}
      </button>
    );
  return (
    <Note tone="warn" title={means} live>
      {children}
      <div className="row flex-wrap mt-3">
        <button
          type="button"
          className="btn btn-no"
          aria-label={label}
          disabled={isBusy}
          onClick={() => {
            setAsked(false);
            act();
          }}
        >
          {words}
        </button>
        <button type="button" className="btn btn-quiet" onClick={() => setAsked(false)}>
          {t("askTwice.keep")}
        </button>
      </div>
    </Note>
  );
}
