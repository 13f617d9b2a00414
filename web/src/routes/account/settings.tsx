import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";
import {
  eraseMutation,
  exportMutation,
  type Preferences,
  preferencesQuery,
  savePreferences,
} from "@/features/auth/account-api";
import { CURRENCIES } from "@/features/organizer/currencies.gen";
import { CountedChoice, LanguageChoice, ThemeChoice } from "@/features/shell/preferences";
import { endSession } from "@/shared/api/session";
import { useFormat } from "@/shared/i18n/format";
import { Field } from "@/shared/ui/field";
import { FormError } from "@/shared/ui/form-error";
import { canPush, mayPush, wantPush } from "@/shared/ui/push";
import { saveAs } from "@/shared/ui/save-as";
import { LoadError, Note } from "@/shared/ui/states";
import { Guard } from "@/shared/ui/step-up";
import { AccountPage } from "./account";
import { NewsChoice } from "./news";
import { NoPassword } from "./no-password";

export function PreferencesRoute() {
  const { t } = useTranslation();
  const chosen = useQuery(preferencesQuery);
  return (
    <AccountPage>
      {() => (
        <>
          <section className="card pad stack mt-4" aria-label={t("account.look")}>
            <ThemeChoice />
            <LanguageChoice id="account-language" />
            <CountedChoice />
          </section>
          <section className="card pad stack mt-4" aria-label={t("account.preferences.title")}>
            <h2 className="h3">{t("account.preferences.title")}</h2>
            {chosen.isError && (
              <LoadError error={chosen.error} what={t("account.error")} retry={() => void chosen.refetch()} />
            )}
            {chosen.data && <Messages chosen={chosen.data} />}
          </section>
          <NewsChoice />
        </>
      )}
    </AccountPage>
  );
}

function Messages({ chosen }: { chosen: Preferences }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: async ({ wanted, here }: { wanted: Preferences; here: boolean }) => {
      // The browser has the last word of what it shows. What another device was allowed is left as it is.
      const wasHere = mayPush();
      const isHere = await wantPush(here);
      const push = isHere || (!wasHere && chosen.notifications.push);
      return {
        saved: await savePreferences({ ...wanted, notifications: { ...wanted.notifications, push } }),
        isHere,
      };
    },
    onSuccess: ({ saved }) => client.setQueryData(preferencesQuery.queryKey, saved),
  });
  const isRefused = save.isSuccess && save.variables.here && !save.data.isHere;
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const wanted = {
      locale: i18n.language,
      currency: String(data.get("currency") ?? chosen.currency),
      timezone: String(data.get("timezone") ?? chosen.timezone),
      notifications: {
        ...chosen.notifications,
        email: data.get("by-email") !== null,
        sms: data.get("by-sms") !== null,
      },
    };
    save.mutate({ wanted, here: data.get("by-push") !== null });
  };
  return (
    <form className="stack gap-4" noValidate onSubmit={onSubmit} aria-label={t("account.preferences.title")}>
      <FormError error={save.error} />
      <label className="tick-box">
        <input type="checkbox" name="by-email" defaultChecked={chosen.notifications.email} />
        {t("account.preferences.email")}
      </label>
      <label className="tick-box">
        <input type="checkbox" name="by-sms" defaultChecked={chosen.notifications.sms} />
        {t("account.preferences.sms")}
      </label>
      {canPush() && (
        <div>
          <label className="tick-box">
            <input type="checkbox" name="by-push" defaultChecked={mayPush()} />
            {t("account.preferences.push")}
          </label>
          <p className="hint ps-[30px]">{t("account.preferences.pushMeans")}</p>
          {isRefused && <Note tone="warn" title={t("account.preferences.pushRefused")} live />}
        </div>
      )}
      <div className="field">
        <label htmlFor="timezone">{t("account.preferences.timezone")}</label>
        <select id="timezone" name="timezone" className="input" defaultValue={chosen.timezone}>
          {[...new Set([chosen.timezone, ...Intl.supportedValuesOf("timeZone")])].map((zone) => (
            <option key={zone}>{zone}</option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor="currency">{t("account.preferences.currency")}</label>
        <select id="currency" name="currency" className="input" defaultValue={chosen.currency}>
          {CURRENCIES.map((code) => (
            <option key={code} value={code}>
              {code} · {format.currency(code)}
            </option>
          ))}
        </select>
        <p className="hint">{t("account.preferences.currencyMeans")}</p>
      </div>
      <div className="row">
        <button type="submit" className="btn btn-flood justify-self-start" disabled={save.isPending}>
          {t("account.preferences.save")}
        </button>
        {save.isSuccess && <p role="status">{t("account.profile.saved")}</p>}
      </div>
    </form>
  );
}

export function PrivacyRoute() {
  const { t } = useTranslation();
  const get = useMutation({
    ...exportMutation,
    onSuccess: (data) =>
      saveAs("arenapulse-my-data.json", `${JSON.stringify(data, null, 2)}\n`, "application/json"),
  });
  return (
    <AccountPage>
      {(me) => (
        <>
          <section className="card pad stack mt-4" aria-label={t("account.privacy.exportTitle")}>
            <h2 className="h3">{t("account.privacy.exportTitle")}</h2>
            <p className="muted">{t("account.privacy.export")}</p>
            <Guard error={get.error} retry={() => get.mutate()} />
            <button
              type="button"
              className="btn btn-line justify-self-start"
              disabled={get.isPending}
              onClick={() => get.mutate()}
            >
              {t("account.privacy.exportDo")}
            </button>
          </section>
          <Erase email={me.email} />
        </>
      )}
    </AccountPage>
  );
}

function Erase({ email }: { email: string }) {
  const { t } = useTranslation();
  const erase = useMutation({ ...eraseMutation, onSuccess: endSession });
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get("erase-password") ?? "");
    if (password !== "") erase.mutate(password);
  };
  return (
    <section className="card pad stack mt-4" aria-label={t("account.privacy.eraseTitle")}>
      <h2 className="h3">{t("account.privacy.eraseTitle")}</h2>
      <p className="muted">{t("account.privacy.erase")}</p>
      <form
        className="stack gap-3"
        noValidate
        onSubmit={onSubmit}
        aria-label={t("account.privacy.eraseTitle")}
      >
        <FormError error={erase.error} />
        <Field
          id="erase-password"
          type="password"
          autoComplete="current-password"
          label={t("account.privacy.erasePassword")}
        />
        <button type="submit" className="btn btn-no justify-self-start" disabled={erase.isPending}>
          {t("account.privacy.eraseDo")}
        </button>
        <NoPassword email={email} />
      </form>
    </section>
  );
}
