import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink, useParams } from "react-router";
import { profileQuery } from "@/features/settings/api";
import type { OrganizationProfile, Role } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { LoadError, Panel } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";
import "@/features/settings/settings.css";

/** The pages of an organization's settings, and from which role on one is let in. */
const PAGES = [
  { to: "", name: "profile", least: "STAFF" },
  { to: "/team", name: "team", least: "STAFF" },
  { to: "/keys", name: "keys", least: "OWNER" },
  { to: "/webhooks", name: "webhooks", least: "MANAGER" },
  { to: "/addresses", name: "addresses", least: "MANAGER" },
  { to: "/audit", name: "audit", least: "OWNER" },
] as const satisfies readonly { to: string; name: string; least: Role }[];

const RANK: Record<Role, number> = { STAFF: 0, ANALYST: 1, MANAGER: 2, OWNER: 3 };

export const isAtLeast = (role: Role, least: Role): boolean => RANK[role] >= RANK[least];

/** The heading, the way between the pages, and the page for who may see it. */
export function SettingsPage({
  name,
  children,
}: {
  name: (typeof PAGES)[number]["name"];
  children: (organization: OrganizationProfile) => ReactNode;
}) {
  const { t } = useTranslation();
  const { organizationId = "" } = useParams();
  const organization = useQuery(profileQuery(organizationId));
  usePageTitle(t(`set.page.${name}`));
  const role = organization.data?.role;
  const shown = role === undefined ? [] : PAGES.filter(({ least }) => isAtLeast(role, least));
  return (
    <main className="org-main" id="main">
      <div>
        <p className="kicker muted">{organization.data?.name ?? "\u00a0"}</p>
        <h1 className="shout text-[26px]">{t(`set.page.${name}`)}</h1>
      </div>
      <nav className="tabs-line" aria-label={t("set.pages")}>
        {shown.map((page) => (
          <NavLink key={page.to} to={`/organizer/${organizationId}/settings${page.to}`} end={page.to === ""}>
            {t(`set.page.${page.name}`)}
          </NavLink>
        ))}
      </nav>
      {organization.isPending && <div className="sk h-24" aria-busy="true" />}
      {organization.isError && (
        <Absent error={organization.error} retry={() => void organization.refetch()} />
      )}
      {organization.data !== undefined &&
        (shown.some((page) => page.name === name) ? (
          children(organization.data)
        ) : (
          <div className="card">
            <Panel icon="lock" title={t("set.forbidden")} text={t("set.forbiddenText")} />
          </div>
        ))}
    </main>
  );
}

function Absent({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  // Who owns or manages it needs a second factor here, and has none yet.
  if (codeOf(error) === "AUTH005")
    return (
      <div className="card">
        <Panel icon="shield" title={t("set.factor")} text={t("set.factorText")}>
          <Link className="btn btn-flood" to="/account/security">
            {t("set.mfa.security")}
          </Link>
        </Panel>
      </div>
    );
  if (codeOf(error) !== "NOTFOUND001")
    return <LoadError error={error} what={t("set.error.profile")} retry={retry} />;
  return (
    <div className="card">
      <Panel icon="lock" title={t("set.absent")} text={t("set.absentText")} />
    </div>
  );
}
