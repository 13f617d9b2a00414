import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { endKey, keysQuery, makeKey } from "@/features/settings/api";
import { RoleSelect } from "@/features/settings/role-select";
import { Secrets } from "@/features/settings/secrets";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { ApiKey, MadeKey, NewKey, Role } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { AskTwice } from "@/shared/ui/ask-twice";
import { Field } from "@/shared/ui/field";
import { Icon } from "@/shared/ui/icon";
import { Busy, LoadError, Panel } from "@/shared/ui/states";
import { GuardOf } from "@/shared/ui/step-up";
import { SettingsPage } from "./page";

const attempts = new AttemptKeys();
const DAY_MS = 86_400_000;
const LIVES = [0, 30, 90, 365] as const;

/** Keys by which machines act for the organization. */
export function KeysRoute() {
  return <SettingsPage name="keys">{({ id }) => <Keys organizationId={id} />}</SettingsPage>;
}

function Keys({ organizationId }: { organizationId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const keys = useQuery(keysQuery(organizationId));
  const [isNew, setNew] = useState(false);
  const [made, setMade] = useState<MadeKey | null>(null);
  const make = useMutation({
    mutationFn: (wish: NewKey) => makeKey(organizationId, wish, attempts.keyFor(wish)),
    onSuccess: (key) => {
      attempts.settle();
      setNew(false);
      setMade(key);
      return client.invalidateQueries({ queryKey: keysQuery(organizationId).queryKey });
    },
    onError: (error) => attempts.settle(error),
  });
  const list = keys.data ?? [];
  return (
    <>
      <div className="row between flex-wrap">
        <p className="muted set-lead">{t("set.keys.text")}</p>
        {!isNew && made === null && (
          <button type="button" className="btn btn-flood" onClick={() => setNew(true)}>
            <Icon name="plus" />
            {t("set.keys.new")}
          </button>
        )}
      </div>
      {made !== null && (
        <Secrets
          title={t("set.keys.made", { name: made.name })}
          text={t("set.keys.madeText")}
          secrets={[
            [t("set.keys.key"), made.key],
            [t("set.keys.signing"), made.signingSecret],
          ]}
          done={() => setMade(null)}
        />
      )}
      {isNew && (
        <section className="card pad stack" aria-label={t("set.keys.new")}>
          <NewKeyForm
            busy={make.isPending}
            send={make.mutate}
            cancel={() => {
              make.reset();
              setNew(false);
            }}
          />
          <GuardOf change={make} />
        </section>
      )}
      {keys.isError && (
        <LoadError error={keys.error} what={t("set.error.keys")} retry={() => void keys.refetch()} />
      )}
      {keys.isPending && <div className="sk h-24" aria-busy="true" />}
      {keys.isSuccess && list.length === 0 && !isNew && (
        <div className="card">
          <Panel icon="lock" title={t("set.keys.none")} text={t("set.keys.noneText")} />
        </div>
      )}
      {list.length > 0 && (
        <ul className="card org-list" aria-label={t("set.page.keys")}>
          {list.map((key) => (
            <Line key={key.id} organizationId={organizationId} apiKey={key} />
          ))}
        </ul>
      )}
    </>
  );
}

function NewKeyForm({
  busy,
  send,
  cancel,
}: {
  busy: boolean;
  send: (wish: NewKey) => void;
  cancel: () => void;
}) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("STAFF");
  const [life, setLife] = useState(365);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // By the hour, so that the same wish sent again is the same wish.
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
    const expiresAt = life === 0 ? null : new Date(hour + life * DAY_MS).toISOString();
    send({ name: name.trim(), role, expiresAt });
  };
  return (
    <form className="stack gap-4" noValidate onSubmit={submit}>
      <div className="org-pair">
        <Field
          id="key-name"
          label={t("set.keys.name")}
          hint={t("set.keys.nameHint")}
          value={name}
          maxLength={200}
          autoComplete="off"
          onChange={({ target }) => setName(target.value)}
        />
        <RoleSelect id="key-role" label={t("set.keys.role")} value={role} choose={setRole} />
        <div className="field">
          <label htmlFor="key-life">{t("set.keys.life")}</label>
          <select
            id="key-life"
            className="input"
            value={life}
            onChange={({ target }) => setLife(Number(target.value))}
          >
            {LIVES.map((days) => (
              <option key={days} value={days}>
                {days === 0 ? t("set.keys.forever") : t("set.keys.days", { n: days })}
              </option>
            ))}
          </select>
        </div>
      </div>
      <div className="row flex-wrap">
        <button type="submit" className="btn btn-solid" disabled={busy || name.trim() === ""}>
          {busy ? <Busy>{t("set.saving")}</Busy> : t("set.keys.do")}
        </button>
        <button type="button" className="btn btn-quiet" onClick={cancel}>
          {t("set.cancel")}
        </button>
      </div>
    </form>
  );
}

function Line({ organizationId, apiKey }: { organizationId: string; apiKey: ApiKey }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: (_: null) => endKey(organizationId, apiKey.id),
    onSuccess: () => client.invalidateQueries({ queryKey: keysQuery(organizationId).queryKey }),
  });
  const { name, role, prefix, createdAt, lastUsedAt, expiresAt } = apiKey;
  return (
    <li className="p-4 stack">
      <div className="row flex-wrap">
        <b className="grow set-url">{name}</b>
        <span className="pill pill-off">{t(`set.role.${role}`)}</span>
      </div>
      <dl className="set-facts num">
        <div>
          <dt>{t("set.keys.begins")}</dt>
          <dd className="mono">{prefix}…</dd>
        </div>
        <div>
          <dt>{t("set.keys.since")}</dt>
          <dd>{format.when(createdAt)}</dd>
        </div>
        <div>
          <dt>{t("set.keys.used")}</dt>
          <dd>{lastUsedAt === null ? t("set.keys.unused") : format.when(lastUsedAt)}</dd>
        </div>
        <div>
          <dt>{t("set.keys.until")}</dt>
          <dd>{expiresAt === null ? t("set.keys.forever") : format.date(expiresAt)}</dd>
        </div>
      </dl>
      <AskTwice
        words={t("set.keys.end")}
        label={t("set.keys.endOf", { name })}
        means={t("set.keys.endMeans")}
        isBusy={end.isPending}
        act={() => end.mutate(null)}
      />
      <GuardOf change={end} />
    </li>
  );
}
