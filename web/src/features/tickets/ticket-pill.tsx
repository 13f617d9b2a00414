import { useTranslation } from "react-i18next";
import type { TicketStatus } from "@/shared/api/contract";
import { Icon, type IconName } from "@/shared/ui/icon";

const LOOK: Record<TicketStatus, { tone: string; icon: IconName }> = {
  VALID: { tone: "ok", icon: "check" },
  RESERVED: { tone: "warn", icon: "clock" },
  CHECKED_IN: { tone: "off", icon: "gate" },
  TRANSFERRED: { tone: "off", icon: "arrow" },
  VOID: { tone: "no", icon: "g-x" },
};

export function TicketPill({ status }: { status: TicketStatus }) {
  const { t } = useTranslation();
  const { tone, icon } = LOOK[status];
  return (
    <span className={`pill pill-${tone}`}>
      <Icon name={icon} className="i-s" />
      {t(`ticket.${status}`)}
    </span>
  );
}
