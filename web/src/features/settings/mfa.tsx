import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { OrganizationProfile } from "@/shared/api/contract";
import { meQuery } from "@/shared/api/me";
import { Note } from "@/shared/ui/states";
import { changeOrganization, profileQuery } from "./api";
import { Refused } from "./refused";

/** Whether who owns or manages it needs a second factor; nobody asks of others what they have not. */
export function Mfa({ organization }: { organization: OrganizationProfile }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const me = useQuery(meQuery);
  const { queryKey } = profileQuery(organization.id);
  const change = useMutation({
    mutationFn: (mfaRequired: boolean) => changeOrganization(organization.id, { mfaRequired }),
    onSuccess: () => client.invalidateQueries({ queryKey }),
  });
  const isOn = organization.mfaRequired;
  const mayNot = !isOn && me.data?.mfaEnabled === false;
  return (
    <section className="card pad stack" aria-labelledby="mfa">
      <div className="row">
        <h2 className="h3 grow" id="mfa">
          {t("set.mfa.title")}
        </h2>
        <span className="set-switch">
          <button
            type="button"
            role="switch"
            className="switch"
            aria-checked={isOn}
            aria-labelledby="mfa"
            disabled={change.isPending || mayNot}
            onClick={() => change.mutate(!isOn)}
          />
        </span>
      </div>
      <p className="muted">{t("set.mfa.text")}</p>
      {mayNot && (
        <Note tone="info" title={t("set.mfa.first")}>
          <Link className="btn btn-line btn-sm mt-3" to="/account/security">
            {t("set.mfa.security")}
          </Link>
        </Note>
      )}
      <Refused change={change} words={{ AUTH005: "set.mfa.first" }} />
    </section>
  );
}
