import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { OrderMessage } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { useNamed } from "@/shared/ui/use-named";
import { orderMessagesQuery, resendMessage } from "./api";

const attempts = new AttemptKeys();

/** What was told about an order, how far it came, and the same once more. */
export function Told({ orderId }: { orderId: string }) {
  const { t } = useTranslation();
  const messages = useQuery(orderMessagesQuery(orderId));
  return (
    <section className="stack" aria-label={t("org.told.title")}>
      <h3 className="label">{t("org.told.title")}</h3>
      {messages.isError && (
        <LoadError
          error={messages.error}
          what={t("org.error.messages")}
          retry={() => void messages.refetch()}
        />
      )}
      {messages.isPending && <div className="sk h-11" aria-busy="true" />}
      {messages.data?.length === 0 && <p className="s13 muted">{t("org.told.none")}</p>}
      {messages.data && messages.data.length > 0 && (
        <ul className="stack gap-3">
          {messages.data.map((message) => (
            <Line key={message.messageId} orderId={orderId} message={message} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Line({ orderId, message }: { orderId: string; message: OrderMessage }) {
  const { t } = useTranslation();
  const format = useFormat();
  const named = useNamed();
  const client = useQueryClient();
  const again = useMutation({
    mutationFn: () => resendMessage(orderId, message.messageId, attempts.keyFor(message.messageId)),
    onSuccess: () => {
      attempts.settle();
      return client.invalidateQueries({ queryKey: orderMessagesQuery(orderId).queryKey });
    },
    onError: (error) => attempts.settle(error),
  });
  const name = named(`org.mail.${message.template}`, message.template);
  return (
    <li className="row between flex-wrap">
      <span className="min-w-0">
        <b className="block">
          {name} · {t(`org.told.channel.${message.channel}`)}
        </b>
        <span className="s13 muted num block wrap-anywhere">
          {format.when(message.sentAt ?? message.createdAt)} · {message.to}
        </span>
        <span className="s13 block">
          {t(`org.told.status.${message.status}`)}
          {message.errorCode !== null && <span className="mono s12"> {message.errorCode}</span>}
        </span>
      </span>
      <button
        type="button"
        className="btn btn-line btn-sm"
        aria-label={t("org.told.againOf", { name })}
        disabled={again.isPending}
        onClick={() => again.mutate()}
      >
        {again.isPending ? (
          <Busy>{t("org.told.busy")}</Busy>
        ) : (
          <>
            <Icon name="refresh" className="i-s" />
            {t("org.told.again")}
          </>
        )}
      </button>
      {again.isSuccess && <Note tone="ok" title={t("org.told.done")} live />}
      {again.isError && <Note tone="no" title={t("org.told.failed")} live />}
    </li>
  );
}
