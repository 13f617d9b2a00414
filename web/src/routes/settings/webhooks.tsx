import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { changeWebhook, makeWebhook, webhooksQuery } from "@/features/settings/api";
import { Secrets } from "@/features/settings/secrets";
import { WebhookForm, type WebhookWish } from "@/features/settings/webhook-form";
import { WebhookPill } from "@/features/settings/webhook-pill";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { MadeWebhook, Webhook } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { LoadError, Note, Panel } from "@/shared/ui/states";
import { GuardOf } from "@/shared/ui/step-up";
import { SettingsPage } from "./page";

const attempts = new AttemptKeys();

/** Machines that are told what happens: a mail about one that was paused leads here. */
export function WebhooksRoute() {
  return <SettingsPage name="webhooks">{({ id }) => <Webhooks organizationId={id} />}</SettingsPage>;
}

function Webhooks({ organizationId }: { organizationId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const webhooks = useQuery(webhooksQuery(organizationId));
  const [isNew, setNew] = useState(false);
  const [made, setMade] = useState<MadeWebhook | null>(null);
  const make = useMutation({
    mutationFn: (wish: WebhookWish) => makeWebhook(organizationId, wish, attempts.keyFor(wish)),
    onSuccess: (webhook) => {
      attempts.settle();
      setNew(false);
      setMade(webhook);
      return client.invalidateQueries({ queryKey: webhooksQuery(organizationId).queryKey });
    },
    onError: (error) => attempts.settle(error),
  });
  const list = webhooks.data ?? [];
  return (
    <>
      <div className="row between flex-wrap">
        <p className="muted set-lead">{t("set.hooks.text")}</p>
        {!isNew && made === null && (
          <button type="button" className="btn btn-flood" onClick={() => setNew(true)}>
            <Icon name="plus" />
            {t("set.hooks.new")}
          </button>
        )}
      </div>
      {made !== null && (
        <Secrets
          title={t("set.hooks.made")}
          text={t("set.hooks.madeText")}
          secrets={[[t("set.hooks.secret"), made.secret]]}
          done={() => setMade(null)}
        />
      )}
      {isNew && (
        <section className="card pad stack" aria-label={t("set.hooks.new")}>
          <WebhookForm
            doing={t("set.hooks.do")}
            busy={make.isPending}
            error={make.error}
            send={make.mutate}
            cancel={() => {
              make.reset();
              setNew(false);
            }}
          />
          <GuardOf change={make} />
        </section>
      )}
      {webhooks.isError && (
        <LoadError error={webhooks.error} what={t("set.error.hooks")} retry={() => void webhooks.refetch()} />
      )}
      {webhooks.isPending && <div className="sk h-24" aria-busy="true" />}
      {webhooks.isSuccess && list.length === 0 && !isNew && (
        <div className="card">
          <Panel icon="globe" title={t("set.hooks.none")} text={t("set.hooks.noneText")} />
        </div>
      )}
      {list.length > 0 && (
        <ul className="card org-list" aria-label={t("set.page.webhooks")}>
          {list.map((webhook) => (
            <Line key={webhook.id} organizationId={organizationId} webhook={webhook} />
          ))}
        </ul>
      )}
    </>
  );
}

function Line({ organizationId, webhook }: { organizationId: string; webhook: Webhook }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const isPaused = webhook.pausedAt !== null;
  const pause = useMutation({
    mutationFn: (paused: boolean) => changeWebhook(organizationId, webhook.id, { paused }),
    onSettled: () => client.invalidateQueries({ queryKey: webhooksQuery(organizationId).queryKey }),
  });
  return (
    <li className="p-4 stack">
      <div className="row flex-wrap">
        <Link className="link set-way set-url grow" to={webhook.id}>
          {webhook.url}
        </Link>
        <WebhookPill webhook={webhook} />
      </div>
      <p className="s13 muted">{webhook.events.join(", ")}</p>
      {isPaused && webhook.pauseReason !== null && webhook.pauseReason !== "BY_HAND" && (
        <Note tone="warn" title={t(`set.hooks.why.${webhook.pauseReason}`)}>
          <p>{t("set.hooks.waits")}</p>
        </Note>
      )}
      {!isPaused && webhook.failingSince !== null && (
        <Note tone="warn" title={t("set.hooks.failing", { when: format.when(webhook.failingSince) })}>
          <p>{t("set.hooks.failingText")}</p>
        </Note>
      )}
      <div className="row flex-wrap">
        <button
          type="button"
          className="btn btn-line btn-sm"
          disabled={pause.isPending}
          aria-label={t(isPaused ? "set.hooks.resumeOf" : "set.hooks.pauseOf", { url: webhook.url })}
          onClick={() => pause.mutate(!isPaused)}
        >
          <Icon name={isPaused ? "refresh" : "pause"} className="i-s" />
          {t(isPaused ? "set.hooks.resume" : "set.hooks.pause")}
        </button>
        <Link className="btn btn-quiet btn-sm" to={webhook.id}>
          {t("set.hooks.deliveries")}
          <Icon name="right" className="i-s" />
        </Link>
      </div>
      <GuardOf change={pause} />
    </li>
  );
}
