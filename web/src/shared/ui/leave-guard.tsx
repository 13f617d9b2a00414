import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useBlocker, useLocation } from "react-router";

/** Asks before a page with unsaved work is left, by a link, by going back, or by closing the tab. */
export function LeaveGuard({
  isOpen,
  isUnsaved = isOpen,
  text,
}: {
  isOpen: boolean;
  /** Where the work is saved by itself as long as the app is there: asked when the tab is closed alone. */
  isUnsaved?: boolean;
  text: string;
}) {
  const { t } = useTranslation();
  // The router has moved on before this is taken away: who goes back at once from the next page leaves nothing here.
  const { pathname: here } = useLocation();
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      isOpen && currentLocation.pathname === here && nextLocation.pathname !== here,
  );
  useEffect(() => {
    if (!isUnsaved) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isUnsaved]);
  if (blocker.state !== "blocked") return null;
  return (
    <dialog ref={show} className="ask" aria-labelledby="leave-title" onClose={() => blocker.reset()}>
      <div className="stack p-4">
        <h2 className="h3" id="leave-title">
          {t("leave.title")}
        </h2>
        <p>{text}</p>
        <div className="row flex-wrap">
          <button type="button" className="btn btn-flood" onClick={() => blocker.reset()}>
            {t("leave.stay")}
          </button>
          <button type="button" className="btn btn-line" onClick={() => blocker.proceed()}>
            {t("leave.go")}
          </button>
        </div>
      </div>
    </dialog>
  );
}

function show(dialog: HTMLDialogElement | null): void {
  if (dialog !== null && !dialog.open) dialog.showModal();
}
