import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { Delivery, Webhook } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { Note } from "@/shared/ui/states";
import { GuardOf } from "@/shared/ui/step-up";
import { deliveriesQuery, replayDelivery } from "./api";
import { DeliveryPill } from "./webhook-pill";

const attempts = new AttemptKeys();

/** What was sent, what came back each time, and sending it once more. */
export function DeliveryLine({
  organizationId,
  webhook,
  delivery,
}: {
  organizationId: string;
  webhook: Webhook;
  delivery: Delivery;
}) {
  const format = useFormat();
  const [isOpen, setOpen] = useState(false);
  const last = delivery.attempts.at(-1);
  return (
    <li>
      <button
        type="button"
        className="org-event w-full text-left"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <span className="min-w-0">
          <b className="mono block">{delivery.type}</b>
          <span className="s13 muted num block">
            {format.when(delivery.createdAt)}
            {last !== undefined && ` · ${last.status ?? last.error ?? ""}`}
          </span>
        </span>
        <DeliveryPill status={delivery.status} />
      </button>
      {isOpen && <Detail organizationId={organizationId} webhook={webhook} delivery={delivery} />}
    </li>
  );
}

function Detail({
  organizationId,
  webhook,
  delivery,
}: {
  organizationId: string;
  webhook: Webhook;
  delivery: Delivery;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const replay = useMutation({
    mutationFn: (id: string) =>
      replayDelivery(
        organizationId,
        webhook.id,
        id,
        attempts.keyFor({ id, tries: delivery.attempts.length }),
      ),
    onSuccess: () => attempts.settle(),
    onError: (error) => attempts.settle(error),
    onSettled: () =>
      client.invalidateQueries({ queryKey: deliveriesQuery(organizationId, webhook.id).queryKey }),
  });
  const isPaused = webhook.pausedAt !== null;
  return (
    <div className="px-4 pb-4 stack">
      <p className="s13 muted mono set-url">webhook-id: {delivery.id}</p>
      {delivery.attempts.length > 0 && (
        <ol className="set-tries" aria-label={t("set.delivery.attempts")}>
          {delivery.attempts.map((attempt) => (
            <li key={attempt.at} className="num s13">
              <span className="muted">{format.when(attempt.at)}</span>
              <b>{attempt.status ?? attempt.error}</b>
              <span className="muted">
                {t("set.delivery.took", { n: format.number(attempt.milliseconds) })}
              </span>
            </li>
          ))}
        </ol>
      )}
      {delivery.status === "PENDING" && delivery.nextAttemptAt !== null && (
        <p className="s13">{t("set.delivery.next", { when: format.when(delivery.nextAttemptAt) })}</p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys */}
      <pre className="set-body mono" role="region" aria-label={t("set.delivery.body")} tabIndex={0}>
        {pretty(delivery.body)}
      </pre>
      {isPaused ? (
        <p className="hint">{t("set.delivery.paused")}</p>
      ) : (
        <button
          type="button"
          className="btn btn-line justify-self-start"
          disabled={replay.isPending || delivery.status === "PENDING"}
          onClick={() => replay.mutate(delivery.id)}
        >
          <Icon name="refresh" />
          {t("set.delivery.replay")}
        </button>
      )}
      {replay.isSuccess && <Note tone="ok" title={t("set.delivery.replayed")} live />}
      {codeOf(replay.error) === "CONFLICT003" ? (
        <Note tone="no" title={t("set.delivery.paused")} live />
      ) : (
        <GuardOf change={replay} />
      )}
    </div>
  );
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
