import { useTranslation } from "react-i18next";
import { Icon, type IconName } from "@/shared/ui/icon";

const LOOKS = {
  paid: { tone: "pill-ok", icon: "check" },
  pending: { tone: "pill-warn", icon: "clock" },
  in_transit: { tone: "pill-warn", icon: "clock" },
  failed: { tone: "pill-no", icon: "x" },
  canceled: { tone: "", icon: "x" },
} as const satisfies Record<string, { tone: string; icon: IconName }>;

/** Where money on its way to the bank is, in the vendor's word. */
export function PayoutPill({ status }: { status: string }) {
  const { t } = useTranslation();
  const known = status in LOOKS ? (status as keyof typeof LOOKS) : "pending";
  const { tone, icon } = LOOKS[known];
  return (
    <span className={`pill ${tone}`}>
      <Icon name={icon} className="i-s" />
      {t(`payout.${known}`)}
    </span>
  );
}
