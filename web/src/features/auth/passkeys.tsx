import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import { AskTwice } from "@/shared/ui/ask-twice";
import { Field } from "@/shared/ui/field";
import { LoadError } from "@/shared/ui/states";
import { Guard, GuardOf } from "@/shared/ui/step-up";
import {
  factorsChanged,
  type PasskeyView,
  passkeysQuery,
  removePasskeyMutation,
  renamePasskeyMutation,
} from "./account-api";
import { RecoveryCodes } from "./codes";
import { addPasskey, canUsePasskeys } from "./passkey";

export function Passkeys() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [codes, setCodes] = useState<string[] | null>(null);
  const list = useQuery(passkeysQuery);
  const fresh = () => factorsChanged(client);
  const add = useMutation({
    mutationFn: addPasskey,
    onSuccess: (made) => {
      setCodes(made);
      void fresh();
    },
  });
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("passkey-name") ?? "").trim();
    add.mutate(name === "" ? t("account.passkeys.default") : name);
  };
  if (codes !== null) return <RecoveryCodes codes={codes} done={() => setCodes(null)} />;
  return (
    <>
      <p className="muted">{t("account.passkeys.text")}</p>
      {list.isError && (
        <LoadError error={list.error} what={t("account.error")} retry={() => void list.refetch()} />
      )}
      {list.data?.length === 0 && <p>{t("account.passkeys.none")}</p>}
      <ul className="stack gap-3">
        {list.data?.map((key) => (
          <Passkey key={key.id} passkey={key} changed={fresh} />
        ))}
      </ul>
      {canUsePasskeys() && (
        <form className="stack gap-3" noValidate onSubmit={onSubmit}>
          <Guard error={add.error} retry={() => add.mutate(add.variables ?? "")} />
          <Field
            id="passkey-name"
            autoComplete="off"
            maxLength={200}
            defaultValue={t("account.passkeys.default")}
            label={t("account.passkeys.name")}
          />
          <button type="submit" className="btn btn-line justify-self-start" disabled={add.isPending}>
            {t("account.passkeys.add")}
          </button>
        </form>
      )}
    </>
  );
}

function Passkey({ passkey, changed }: { passkey: PasskeyView; changed: () => unknown }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [name, setName] = useState<string | null>(null);
  const rename = useMutation({
    ...renamePasskeyMutation,
    onSuccess: () => {
      setName(null);
      void changed();
    },
  });
  const remove = useMutation({ ...removePasskeyMutation, onSuccess: changed });
  const used = passkey.lastUsedAt;
  return (
    <li className="stack gap-2">
      <div>
        <p className="wrap-anywhere">{passkey.name}</p>
        <p className="muted">
          {used === null
            ? t("account.passkeys.never")
            : t("account.passkeys.used", { when: format.when(used) })}
        </p>
      </div>
      {name !== null && (
        <Field
          id={`passkey-${passkey.id}`}
          label={t("account.passkeys.name")}
          value={name}
          maxLength={200}
          onChange={(event) => setName(event.target.value)}
        />
      )}
      <div className="row flex-wrap">
        {name === null ? (
          <button
            type="button"
            className="btn btn-line btn-sm"
            aria-label={t("account.passkeys.renameOf", { name: passkey.name })}
            onClick={() => setName(passkey.name)}
          >
            {t("account.passkeys.rename")}
          </button>
        ) : (
          <button
            type="button"
            className="btn btn-line btn-sm"
            disabled={name.trim() === "" || name === passkey.name || rename.isPending}
            onClick={() => rename.mutate({ id: passkey.id, name })}
          >
            {t("account.profile.save")}
          </button>
        )}
        <AskTwice
          words={t("account.passkeys.remove")}
          label={t("account.passkeys.removeOf", { name: passkey.name })}
          means={t("account.passkeys.removeMeans", { name: passkey.name })}
          isBusy={remove.isPending}
          act={() => remove.mutate(passkey.id)}
        />
      </div>
      <GuardOf change={rename} />
      <GuardOf change={remove} />
    </li>
  );
}
