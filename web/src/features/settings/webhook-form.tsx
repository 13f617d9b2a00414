import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { NewWebhook, Webhook } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { Field } from "@/shared/ui/field";
import { Icon } from "@/shared/ui/icon";
import { Busy } from "@/shared/ui/states";

export type WebhookWish = NewWebhook;
type EventType = NewWebhook["events"][number];

const EVENTS: readonly EventType[] = [
  "order.confirmed",
  "order.cancelled",
  "order.refunded",
  "ticket.checked_in",
  "ticket.transferred",
  "event.status",
  "event.sold_out",
];

/** Where it leads and what it is told; the server judges the address. */
export function WebhookForm({
  webhook,
  doing,
  busy,
  error,
  send,
  cancel,
}: {
  webhook?: Webhook;
  doing: string;
  busy: boolean;
  error: unknown;
  send: (wish: WebhookWish) => void;
  cancel?: () => void;
}) {
  const { t } = useTranslation();
  const [url, setUrl] = useState(webhook?.url ?? "https://");
  const [events, setEvents] = useState<ReadonlySet<EventType>>(new Set(webhook?.events ?? EVENTS));
  const [isTouched, setTouched] = useState(false);
  const isRefused = error instanceof ApiError && error.field("url") !== undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTouched(false);
    send({ url: url.trim(), events: EVENTS.filter((each) => events.has(each)) });
  };
  const toggle = (each: EventType) => {
    const next = new Set(events);
    if (!next.delete(each)) next.add(each);
    setEvents(next);
  };
  return (
    <form className="stack gap-4" noValidate onSubmit={submit}>
      <Field
        id="webhook-url"
        type="url"
        inputMode="url"
        autoComplete="off"
        label={t("set.hooks.url")}
        hint={t("set.hooks.urlHint")}
        error={isRefused && !isTouched ? t("set.hooks.urlRefused") : undefined}
        value={url}
        maxLength={2000}
        onChange={({ target }) => {
          setTouched(true);
          setUrl(target.value);
        }}
      />
      <fieldset>
        <legend className="label mb-1">{t("set.hooks.events")}</legend>
        <div className="set-ticks">
          {EVENTS.map((each) => (
            <label key={each} className="set-tick">
              <input type="checkbox" checked={events.has(each)} onChange={() => toggle(each)} />
              <span>
                <span className="mono">{each}</span>
                <span className="s13 muted block">{t(`set.told.${words(each)}`)}</span>
              </span>
            </label>
          ))}
        </div>
        {events.size === 0 && (
          <p className="err">
            <Icon name="alert" className="i-s" />
            {t("set.hooks.noEvents")}
          </p>
        )}
      </fieldset>
      <div className="row flex-wrap">
        <button
          type="submit"
          className="btn btn-solid"
          disabled={busy || events.size === 0 || !/^https?:\/\/./.test(url.trim())}
        >
          {busy ? <Busy>{t("set.saving")}</Busy> : doing}
        </button>
        {cancel !== undefined && (
          <button type="button" className="btn btn-quiet" onClick={cancel}>
            {t("set.cancel")}
          </button>
        )}
      </div>
    </form>
  );
}

/** A dot divides keys. */
const words = <Name extends EventType>(name: Name) => name.replace(".", "_") as Worded<Name>;
type Worded<Name extends string> = Name extends `${infer Head}.${infer Tail}` ? `${Head}_${Tail}` : Name;
