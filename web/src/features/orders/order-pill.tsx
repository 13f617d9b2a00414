import { useTranslation } from "react-i18next";
import type { OrderStatus } from "@/shared/api/contract";
import { Icon, type IconName } from "@/shared/ui/icon";

const LOOK: Record<OrderStatus, [string, IconName]> = {
  PENDING: ["pill-warn", "clock"],
  CONFIRMED: ["pill-ok", "check"],
  CANCELLED: ["pill-off", "x"],
  EXPIRED: ["pill-off", "clock"],
  FAILED: ["pill-no", "alert"],
  PARTIALLY_REFUNDED: ["pill-warn", "refresh"],
  REFUNDED: ["pill-off", "refresh"],
};

export function OrderPill({ status }: { status: OrderStatus }) {
  const { t } = useTranslation();
  const [look, icon] = LOOK[status];
  return (
    <span className={`pill ${look}`}>
      <Icon name={icon} className="i-s" />
      {t(`orders.status.${status}`)}
    </span>
  );
}
