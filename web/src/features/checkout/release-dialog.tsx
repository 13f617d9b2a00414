import type { Ref } from "react";
import { useTranslation } from "react-i18next";
import { minutesAndSeconds } from "@/shared/ui/duration";
import { useNow } from "@/shared/ui/use-now";
import { type Deadline, leftOf } from "./clock";

/** Asks before places are given away. The browser's own dialog: focus is kept in it and Escape keeps the places. */
export function ReleaseDialog({
  dialog,
  deadline,
  isBusy,
  release,
}: {
  dialog: Ref<HTMLDialogElement>;
  deadline: Deadline;
  isBusy: boolean;
  release: () => void;
}) {
  const { t } = useTranslation();
  const now = useNow();
  return (
    <dialog ref={dialog} className="ask" aria-labelledby="release-title">
      <form method="dialog" className="stack">
        <h2 className="shout h2" id="release-title">
          {t("release.title")}
        </h2>
        <p className="muted num">{t("release.text", { time: minutesAndSeconds(leftOf(deadline, now)) })}</p>
        <div className="row flex-wrap">
          <button type="submit" className="btn btn-solid flex-1">
            {t("release.keep")}
          </button>
          <button type="button" className="btn btn-no" disabled={isBusy} onClick={release}>
            {t("release.now")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
