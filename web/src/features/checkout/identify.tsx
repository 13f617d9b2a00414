import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { ApiError, codeOf } from "@/shared/api/errors";
import { Field } from "@/shared/ui/field";
import { Busy, ErrorCode, Note } from "@/shared/ui/states";
import { claimMutation, signInHereMutation } from "./identity";

/** Whoever holds places without an account says who they are: e-mail and name, or the password of the account there is. */
export function Identify({
  done,
  release,
  otherWays,
}: {
  done: () => void;
  release: () => void;
  /** How else the account of this e-mail is entered. */
  otherWays: (email: string) => ReactNode;
}) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const [email, setEmail] = useState("");
  const claim = useMutation({ ...claimMutation, onSuccess: done });
  const signIn = useMutation({ ...signInHereMutation, onSuccess: done });
  const isKnown = codeOf(claim.error) === "AUTH006";
  const isBusy = claim.isPending || signIn.isPending;
  const needsMore = signIn.data?.mfaRequired === true;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const told = new FormData(event.currentTarget);
    const text = (name: string) => String(told.get(name) ?? "").trim();
    if (isKnown) signIn.mutate({ email, password: String(told.get("password") ?? "") });
    else claim.mutate({ email: text("email"), fullName: text("fullName") });
  };
  return (
    <form className="pay" aria-label={t("identify.title")} onSubmit={submit}>
      <h1 className="shout text-[32px]">{t("identify.title")}</h1>
      <p className="muted">{t(isKnown ? "identify.known" : "identify.text")}</p>
      <IdentifyError error={isKnown ? signIn.error : claim.error} />
      {needsMore && (
        <Note tone="info" title={t("identify.more.title")}>
          <Link className="btn btn-line btn-sm mt-2" to={`/sign-in?next=${encodeURIComponent(pathname)}`}>
            {t("identify.more.go")}
          </Link>
        </Note>
      )}
      <Field
        label={t("identify.email")}
        id="email"
        type="email"
        autoComplete="email"
        required
        value={email}
        onChange={(event) => {
          setEmail(event.target.value);
          if (isKnown) claim.reset();
        }}
      />
      {isKnown ? (
        <Field
          key="password"
          label={t("identify.password")}
          id="password"
          type="password"
          autoComplete="current-password"
          required
          autoFocus
        />
      ) : (
        <Field
          key="name"
          label={t("identify.name")}
          id="fullName"
          autoComplete="name"
          required
          maxLength={200}
        />
      )}
      <div className="foot-pay">
        <button type="submit" className="btn btn-flood btn-lg btn-block" aria-busy={isBusy}>
          {isBusy ? <Busy>{t("identify.busy")}</Busy> : t(isKnown ? "identify.signIn" : "identify.go")}
        </button>
      </div>
      {isKnown && !needsMore && otherWays(email)}
      <p className="s13 muted text-center">
        <button type="button" className="link" onClick={release}>
          {t("pay.release")}
        </button>
      </p>
    </form>
  );
}

function IdentifyError({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (!(error instanceof ApiError) || error.code === "AUTH006") return null;
  const key = error.code === "AUTH001" ? "wrong" : error.code === "VALIDATION001" ? "shape" : "other";
  return (
    <Note tone={error.status === 0 ? "off" : "no"} title={t(`identify.error.${key}`)} live>
      {key === "other" && <ErrorCode error={error} />}
    </Note>
  );
}
