import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "@/shared/ui/field";
import { Guard } from "@/shared/ui/step-up";
import {
  beginTotpMutation,
  confirmTotpMutation,
  factorsChanged,
  newCodesMutation,
  removeTotpMutation,
  type TotpView,
} from "./account-api";
import { RecoveryCodes } from "./codes";

const codeOf = (event: FormEvent<HTMLFormElement>) => {
  event.preventDefault();
  return String(new FormData(event.currentTarget).get("totp-code") ?? "").trim();
};

/** The authenticator app: set up, turned on by a code of it, turned off by another. */
export function Totp({ isOn, hasFactor }: { isOn: boolean; hasFactor: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [codes, setCodes] = useState<string[] | null>(null);
  const fresh = () => factorsChanged(client);
  const begin = useMutation(beginTotpMutation);
  const confirm = useMutation({
    ...confirmTotpMutation,
    onSuccess: ({ recoveryCodes }) => {
      setCodes(recoveryCodes);
      begin.reset();
      void fresh();
    },
  });
  const remove = useMutation({ ...removeTotpMutation, onSuccess: fresh });
  const renew = useMutation({
    ...newCodesMutation,
    onSuccess: ({ recoveryCodes }) => setCodes(recoveryCodes),
  });
  if (codes !== null) return <RecoveryCodes codes={codes} done={() => setCodes(null)} />;
  if (begin.data !== undefined)
    return (
      <SetUp made={begin.data}>
        <form className="stack gap-3" noValidate onSubmit={(event) => confirm.mutate(codeOf(event))}>
          <Guard error={confirm.error} retry={() => confirm.mutate(confirm.variables ?? "")} />
          <Field
            id="totp-code"
            inputMode="numeric"
            autoComplete="one-time-code"
            label={t("account.totp.code")}
          />
          <button type="submit" className="btn btn-flood justify-self-start" disabled={confirm.isPending}>
            {t("account.totp.confirm")}
          </button>
        </form>
      </SetUp>
    );
  return (
    <>
      <p className="muted">{t(isOn ? "account.totp.on" : "account.totp.off")}</p>
      <Guard error={begin.error} retry={() => begin.mutate()} />
      {!isOn && (
        <button
          type="button"
          className="btn btn-line justify-self-start"
          disabled={begin.isPending}
          onClick={() => begin.mutate()}
        >
          {t("account.totp.begin")}
        </button>
      )}
      {isOn && (
        <form className="stack gap-3" noValidate onSubmit={(event) => remove.mutate(codeOf(event))}>
          <Guard error={remove.error} retry={() => remove.mutate(remove.variables ?? "")} />
          <Field id="totp-code" autoComplete="one-time-code" label={t("account.totp.removeCode")} />
          <button type="submit" className="btn btn-line justify-self-start" disabled={remove.isPending}>
            {t("account.totp.remove")}
          </button>
        </form>
      )}
      {hasFactor && (
        <>
          <Guard error={renew.error} retry={() => renew.mutate()} />
          <button
            type="button"
            className="btn btn-line justify-self-start"
            disabled={renew.isPending}
            onClick={() => renew.mutate()}
          >
            {t("account.codes.new")}
          </button>
          <p className="hint">{t("account.codes.newText")}</p>
        </>
      )}
    </>
  );
}

function SetUp({ made, children }: { made: TotpView; children: React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="stack gap-3">
      <p>{t("account.totp.scan")}</p>
      {/* The server's own drawing, as a picture: nothing in it can run. */}
      <img
        className="qr"
        alt=""
        width={200}
        height={200}
        src={`data:image/svg+xml,${encodeURIComponent(made.qrSvg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '))}`}
      />
      {/* In fours, as one reads it off and types it. */}
      <code className="num">{made.secret.match(/.{1,4}/g)?.join(" ")}</code>
      {children}
    </div>
  );
}
