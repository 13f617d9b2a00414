import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet } from "react-router";
import { Header } from "@/features/shell/header";
import { meQuery } from "@/shared/api/me";
import { Icon, type IconName } from "@/shared/ui/icon";
import { LoadError, Panel } from "@/shared/ui/states";
import { RequirePerson } from "../shell/require-person";
import "@/features/organizer/organizer.css";
import "@/features/settings/settings.css";

/** The platform's ways, a line each. */
const WAYS = [
  { to: "/admin", icon: "chart", name: "health" },
  { to: "/admin/people", icon: "users", name: "people" },
  { to: "/admin/organizations", icon: "build", name: "organizations" },
  { to: "/admin/flags", icon: "cog", name: "flags" },
  { to: "/admin/jobs", icon: "refresh", name: "jobs" },
  { to: "/admin/webhooks", icon: "globe", name: "webhooks" },
  { to: "/admin/audit", icon: "shield", name: "audit" },
] as const satisfies readonly { to: string; icon: IconName; name: string }[];

export function AdminFrame() {
  return (
    <RequirePerson>
      <div className="org">
        <Header plain />
        <Rail />
        <ForAdmin />
      </div>
    </RequirePerson>
  );
}

function Rail() {
  const { t } = useTranslation();
  return (
    <nav className="org-rail" aria-label={t("adm.label")}>
      {WAYS.map(({ to, icon, name }) => (
        <NavLink key={to} to={to} end>
          <Icon name={icon} />
          {t(`adm.page.${name}`)}
        </NavLink>
      ))}
    </nav>
  );
}

function ForAdmin() {
  const { t } = useTranslation();
  const me = useQuery(meQuery);
  if (me.data?.roles.includes("ADMIN")) return <Outlet />;
  if (me.data === undefined)
    return (
      <main className="org-main" id="main">
        {me.isError ? (
          <LoadError error={me.error} what={t("adm.error.you")} retry={() => void me.refetch()} />
        ) : (
          <div className="sk h-24" aria-busy="true" />
        )}
      </main>
    );
  return (
    <main className="org-main" id="main">
      <Panel level={1} icon="lock" title={t("adm.forbidden")} />
    </main>
  );
}
