import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { changeWebhook, deliveriesQuery, endWebhook, webhooksQuery } from "@/features/settings/api";
import { DeliveryLine } from "@/features/settings/delivery-line";
import { WebhookForm, type WebhookWish } from "@/features/settings/webhook-form";
import { WebhookPill } from "@/features/settings/webhook-pill";
import type { Webhook } from "@/shared/api/contract";
import { AskTwice } from "@/shared/ui/ask-twice";
import { Icon } from "@/shared/ui/icon";
import { LoadError, Panel } from "@/shared/ui/states";
import { GuardOf } from "@/shared/ui/step-up";
import { SettingsPage } from "./page";

export function WebhookRoute() {
  return <SettingsPage name="webhooks">{({ id }) => <One organizationId={id} />}</SettingsPage>;
}

function One({ organizationId }: { organizationId: string }) {
  const { t } = useTranslation();
  const { webhookId = "" } = useParams();
  const webhooks = useQuery(webhooksQuery(organizationId));
  const webhook = webhooks.data?.find(({ id }) => id === webhookId);
  return (
    <>
      <Link
        className="link set-way justify-self-start row"
        to={`/organizer/${organizationId}/settings/webhooks`}
      >
        <Icon name="left" className="i-s" />
        {t("set.hooks.all")}
      </Link>
      {webhooks.isError && (
        <LoadError error={webhooks.error} what={t("set.error.hooks")} retry={() => void webhooks.refetch()} />
      )}
      {webhooks.isPending && <div className="sk h-24" aria-busy="true" />}
      {webhooks.isSuccess && webhook === undefined && (
        <div className="card">
          <Panel icon="globe" title={t("set.hooks.gone")} text={t("set.hooks.goneText")} />
        </div>
      )}
      {webhook !== undefined && (
        <>
          <Settings organizationId={organizationId} webhook={webhook} />
          <Deliveries organizationId={organizationId} webhook={webhook} />
        </>
      )}
    </>
  );
}

function Settings({ organizationId, webhook }: { organizationId: string; webhook: Webhook }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [isEditing, setEditing] = useState(false);
  const again = () => client.invalidateQueries({ queryKey: webhooksQuery(organizationId).queryKey });
  const change = useMutation({
    mutationFn: (body: WebhookWish | { paused: boolean }) => changeWebhook(organizationId, webhook.id, body),
    onSuccess: () => {
      setEditing(false);
      return again();
    },
  });
  const end = useMutation({
    mutationFn: (_: null) => endWebhook(organizationId, webhook.id),
    onSuccess: async () => {
      await again();
      await navigate("..", { relative: "path" });
    },
  });
  const isPaused = webhook.pausedAt !== null;
  return (
    <section className="card pad stack" aria-labelledby="endpoint">
      <div className="row flex-wrap">
        <h2 className="h3 set-url grow" id="endpoint">
          {webhook.url}
        </h2>
        <WebhookPill webhook={webhook} />
      </div>
      {isEditing ? (
        <WebhookForm
          webhook={webhook}
          doing={t("set.save")}
          busy={change.isPending}
          error={change.error}
          send={change.mutate}
          cancel={() => setEditing(false)}
        />
      ) : (
        <>
          <p className="s13 muted">{webhook.events.join(", ")}</p>
          <div className="row flex-wrap">
            <button
              type="button"
              className="btn btn-line btn-sm"
              disabled={change.isPending}
              onClick={() => change.mutate({ paused: !isPaused })}
            >
              {t(isPaused ? "set.hooks.resume" : "set.hooks.pause")}
            </button>
            <button type="button" className="btn btn-line btn-sm" onClick={() => setEditing(true)}>
              {t("set.change")}
            </button>
            <AskTwice
              words={t("set.hooks.end")}
              label={t("set.hooks.endOf", { url: webhook.url })}
              means={t("set.hooks.endMeans")}
              isBusy={end.isPending}
              act={() => end.mutate(null)}
            />
          </div>
        </>
      )}
      <GuardOf change={change} />
      <GuardOf change={end} />
    </section>
  );
}

function Deliveries({ organizationId, webhook }: { organizationId: string; webhook: Webhook }) {
  const { t } = useTranslation();
  const deliveries = useInfiniteQuery(deliveriesQuery(organizationId, webhook.id));
  const list = deliveries.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <section className="stack" aria-labelledby="deliveries">
      <div>
        <h2 className="h3" id="deliveries">
          {t("set.hooks.deliveries")}
        </h2>
        <p className="s13 muted">{t("set.hooks.deliveriesText")}</p>
      </div>
      {deliveries.isError && (
        <LoadError
          error={deliveries.error}
          what={t("set.error.deliveries")}
          retry={() => void deliveries.refetch()}
        />
      )}
      {deliveries.isPending && <div className="sk h-24" aria-busy="true" />}
      {deliveries.isSuccess && list.length === 0 && (
        <div className="card">
          <Panel icon="mail" title={t("set.hooks.nothing")} text={t("set.hooks.nothingText")} />
        </div>
      )}
      {list.length > 0 && (
        <ul className="card org-list" aria-label={t("set.hooks.deliveries")}>
          {list.map((delivery) => (
            <DeliveryLine
              key={delivery.id}
              organizationId={organizationId}
              webhook={webhook}
              delivery={delivery}
            />
          ))}
        </ul>
      )}
      {deliveries.hasNextPage && (
        <button
          type="button"
          className="btn btn-line justify-self-start"
          disabled={deliveries.isFetchingNextPage}
          onClick={() => void deliveries.fetchNextPage()}
        >
          {t("set.more")}
        </button>
      )}
    </section>
  );
}
