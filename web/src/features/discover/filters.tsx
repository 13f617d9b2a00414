import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { EventStatus } from "@/shared/api/contract";
import type { When } from "./days";

export const STATUSES = ["ON_SALE", "LIVE", "SCHEDULED", "SOLD_OUT"] as const satisfies EventStatus[];
export const WHENS: When[] = ["any", "today", "weekend", "nextWeek"];

export function WhenChips({
  when,
  choose,
  children,
}: {
  when: When;
  choose: (when: When) => void;
  children?: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <div className="chips chips-scroll max-lg:mt-[7px]" role="group" aria-label={t("when.label")}>
      {WHENS.map((each) => (
        <button
          key={each}
          type="button"
          className="chip"
          aria-pressed={each === when}
          onClick={() => choose(each)}
        >
          {t(`when.${each}`)}
        </button>
      ))}
      {children}
    </div>
  );
}
