import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { changeOrganization, profileQuery, setWishes, wishesQuery } from "@/features/settings/api";
import { Refused } from "@/features/settings/refused";
import type { OrganizationProfile } from "@/shared/api/contract";
import { meQuery } from "@/shared/api/me";
import { Field } from "@/shared/ui/field";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { isAtLeast, SettingsPage } from "./page";

/** What the organization is called, and what it does where a card's issuer warns. */
export function ProfileRoute() {
  return (
    <SettingsPage name="profile">
      {(organization) => (
        <>
          <Name key={organization.name} organization={organization} />
          {isAtLeast(organization.role, "MANAGER") && <Warnings organizationId={organization.id} />}
        </>
      )}
    </SettingsPage>
  );
}

function Name({ organization }: { organization: OrganizationProfile }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState(organization.name);
  const { queryKey } = profileQuery(organization.id);
  const change = useMutation({
    mutationFn: (next: string) => changeOrganization(organization.id, { name: next }),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey }),
        client.invalidateQueries({ queryKey: meQuery.queryKey }),
      ]),
  });
  const isOwner = organization.role === "OWNER";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(name.trim());
  };
  return (
    <section className="card pad stack" aria-labelledby="profile">
      <h2 className="h3" id="profile">
        {t("set.profile.title")}
      </h2>
      <form className="stack" noValidate onSubmit={submit}>
        <Field
          id="organization-name"
          label={t("set.profile.name")}
          hint={t(isOwner ? "set.profile.nameHint" : "set.profile.ownerOnly")}
          value={name}
          maxLength={200}
          disabled={!isOwner}
          autoComplete="organization"
          onChange={({ target }) => setName(target.value)}
        />
        {isOwner && (
          <button
            type="submit"
            className="btn btn-solid justify-self-start"
            disabled={change.isPending || name.trim() === "" || name.trim() === organization.name}
          >
            {change.isPending ? <Busy>{t("set.saving")}</Busy> : t("set.save")}
          </button>
        )}
      </form>
      <Refused change={change} words={{ VALIDATION001: "set.profile.badName" }} />
      <dl className="set-facts">
        <div>
          <dt>{t("set.profile.id")}</dt>
          <dd className="mono set-url">{organization.id}</dd>
        </div>
      </dl>
    </section>
  );
}

function Warnings({ organizationId }: { organizationId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const wishes = useQuery(wishesQuery(organizationId));
  const { queryKey } = wishesQuery(organizationId);
  const set = useMutation({
    mutationFn: (isOn: boolean) => setWishes(organizationId, isOn),
    onSuccess: (answer) => client.setQueryData(queryKey, answer),
  });
  return (
    <section className="card pad stack" aria-labelledby="warnings">
      <div className="row">
        <h2 className="h3 grow" id="warnings">
          {t("set.profile.warnings")}
        </h2>
        {wishes.data !== undefined && (
          <span className="set-switch">
            <button
              type="button"
              role="switch"
              className="switch"
              aria-checked={wishes.data.refundOnWarning}
              aria-labelledby="warnings"
              disabled={set.isPending}
              onClick={() => set.mutate(!wishes.data.refundOnWarning)}
            />
          </span>
        )}
      </div>
      <p className="muted">{t("set.profile.warningsText")}</p>
      {wishes.isError && (
        <LoadError error={wishes.error} what={t("set.error.wishes")} retry={() => void wishes.refetch()} />
      )}
      {set.isSuccess && <Note tone="ok" title={t("set.saved")} live />}
      <Refused change={set} words={{}} />
    </section>
  );
}
