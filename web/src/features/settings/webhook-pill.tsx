import { useTranslation } from "react-i18next";
import type { Delivery, Webhook } from "@/shared/api/contract";
import { Icon, type IconName } from "@/shared/ui/icon";

/** How an endpoint stands: shape, word, then colour. */
export function WebhookPill({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation();
  const state = webhook.pausedAt !== null ? "paused" : webhook.failingSince !== null ? "failing" : "active";
  const [tone, icon] = ENDPOINT[state];
  return (
    <span className={`pill pill-${tone}`}>
      <Icon name={icon} className="i-s" />
      {t(`set.hooks.state.${state}`)}
    </span>
  );
}

const ENDPOINT = {
  active: ["ok", "check"],
  failing: ["warn", "alert"],
  paused: ["off", "pause"],
} as const satisfies Record<string, readonly [string, IconName]>;

/** How a delivery stands. */
export function DeliveryPill({ status }: { status: Delivery["status"] }) {
  const { t } = useTranslation();
  const [tone, icon] = DELIVERY[status];
  return (
    <span className={`pill pill-${tone}`}>
      <Icon name={icon} className="i-s" />
      {t(`set.delivery.${status}`)}
    </span>
  );
}

const DELIVERY = {
  PENDING: ["info", "clock"],
  DELIVERED: ["ok", "check"],
  FAILED: ["no", "x"],
  WAITING: ["off", "pause"],
} as const satisfies Record<Delivery["status"], readonly [string, IconName]>;
