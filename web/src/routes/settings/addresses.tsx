import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { liftSuppression, suppressionsQuery } from "@/features/settings/api";
import type { Suppression } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { AskTwice } from "@/shared/ui/ask-twice";
import { LoadError, Note, Panel } from "@/shared/ui/states";
import { GuardOf } from "@/shared/ui/step-up";
import { SettingsPage } from "./page";

/** Addresses and numbers that get nothing any more, and the way back. */
export function AddressesRoute() {
  return <SettingsPage name="addresses">{({ id }) => <Addresses organizationId={id} />}</SettingsPage>;
}

function Addresses({ organizationId }: { organizationId: string }) {
  const { t } = useTranslation();
  const found = useQuery(suppressionsQuery(organizationId));
  const list = found.data ?? [];
  return (
    <>
      <p className="muted set-lead">{t("set.addresses.text")}</p>
      {found.isError && (
        <LoadError error={found.error} what={t("set.error.addresses")} retry={() => void found.refetch()} />
      )}
      {found.isPending && <div className="sk h-24" aria-busy="true" />}
      {found.isSuccess && list.length === 0 && (
        <div className="card">
          <Panel icon="mail" title={t("set.addresses.none")} text={t("set.addresses.noneText")} />
        </div>
      )}
      {list.length > 0 && (
        <ul className="card org-list" aria-label={t("set.page.addresses")}>
          {list.map((one) => (
            <Line key={one.suppressionId} organizationId={organizationId} one={one} />
          ))}
        </ul>
      )}
    </>
  );
}

function Line({ organizationId, one }: { organizationId: string; one: Suppression }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const { address, reason, createdAt } = one;
  const lift = useMutation({
    mutationFn: (_: null) => liftSuppression(organizationId, one.suppressionId),
    onSuccess: () => client.invalidateQueries({ queryKey: suppressionsQuery(organizationId).queryKey }),
  });
  const isElsewhere = codeOf(lift.error) === "CONFLICT003";
  return (
    <li className="p-4 stack">
      <div className="row flex-wrap">
        <b className="grow set-url">{address}</b>
        <span className="muted s13 num">{t("set.addresses.since", { when: format.when(createdAt) })}</span>
      </div>
      <p>{t(`set.addresses.reason.${reason}`)}</p>
      {isElsewhere ? (
        <Note tone="warn" title={t("set.addresses.elsewhere")} live />
      ) : (
        <>
          <AskTwice
            words={t("set.addresses.lift")}
            label={t("set.addresses.liftOf", { address })}
            means={t("set.addresses.liftMeans", { address })}
            isBusy={lift.isPending}
            act={() => lift.mutate(null)}
          />
          <GuardOf change={lift} />
        </>
      )}
    </li>
  );
}
