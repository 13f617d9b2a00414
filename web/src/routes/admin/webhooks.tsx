import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { troubledWebhooksQuery } from "@/features/admin/api";
import { WebhookPill } from "@/features/settings/webhook-pill";
import { useFormat } from "@/shared/i18n/format";
import { LoadError, Panel } from "@/shared/ui/states";
import { AdminPage } from "./page";

/** Endpoints of every organization that fail or are paused. */
export function WebhooksRoute() {
  const { t } = useTranslation();
  const format = useFormat();
  const webhooks = useQuery(troubledWebhooksQuery);
  return (
    <AdminPage name="webhooks">
      <p className="muted set-lead">{t("adm.hooks.text")}</p>
      {webhooks.isError && (
        <LoadError error={webhooks.error} what={t("adm.error.hooks")} retry={() => void webhooks.refetch()} />
      )}
      {webhooks.isPending && <div className="sk h-24" aria-busy="true" />}
      {webhooks.data?.length === 0 && (
        <div className="card">
          <Panel icon="check" title={t("adm.hooks.none")} />
        </div>
      )}
      {webhooks.data !== undefined && webhooks.data.length > 0 && (
        <ul className="card org-list grows" aria-label={t("adm.page.webhooks")}>
          {webhooks.data.map((webhook) => (
            <li key={webhook.id} className="p-4 stack">
              <div className="row flex-wrap">
                <Link
                  className="link set-way grow set-url"
                  to={`/organizer/${webhook.organizationId}/settings/webhooks/${webhook.id}`}
                >
                  {webhook.url}
                </Link>
                <WebhookPill webhook={webhook} />
              </div>
              <p className="s13 muted num">
                {webhook.organization} ·{" "}
                {t("adm.hooks.waiting", { count: webhook.waiting, n: format.number(webhook.waiting) })} ·{" "}
                {format.when(webhook.failingSince ?? webhook.pausedAt ?? webhook.createdAt)}
              </p>
            </li>
          ))}
        </ul>
      )}
    </AdminPage>
  );
}
