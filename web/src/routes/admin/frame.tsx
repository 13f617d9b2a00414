import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet, useNavigate } from "react-router";
import { Header } from "@/features/shell/header";
import { meQuery } from "@/shared/api/me";
import { Icon, type IconName } from "@/shared/ui/icon";
import { intoSight } from "@/shared/ui/into-sight";
import { Shortcuts } from "@/shared/ui/shortcuts";
import { LoadError, Panel } from "@/shared/ui/states";
import { RequirePerson } from "../shell/require-person";
import "@/features/organizer/organizer.css";
import "@/features/settings/settings.css";

/** The platform's ways, a line each. */
const WAYS = [
  { to: "/admin", icon: "chart", name: "health", key: "h" },
  { to: "/admin/people", icon: "users", name: "people", key: "p" },
  { to: "/admin/organizations", icon: "build", name: "organizations", key: "o" },
  { to: "/admin/flags", icon: "cog", name: "flags", key: "f" },
  { to: "/admin/money", icon: "card", name: "money", key: "m" },
  { to: "/admin/jobs", icon: "refresh", name: "jobs", key: "j" },
  { to: "/admin/webhooks", icon: "globe", name: "webhooks", key: "w" },
  { to: "/admin/audit", icon: "shield", name: "audit", key: "a" },
] as const satisfies readonly { to: string; icon: IconName; name: string; key: string }[];

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
  const navigate = useNavigate();
  return (
    <nav className="org-rail" aria-label={t("adm.label")}>
      {WAYS.map(({ to, icon, name }) => (
        <NavLink key={to} ref={intoSight} to={to} end>
          <Icon name={icon} />
          {t(`adm.page.${name}`)}
        </NavLink>
      ))}
      <Shortcuts
        list={WAYS.map(({ to, name, key }) => ({
          key,
          label: t(`adm.page.${name}`),
          go: () => void navigate(to),
        }))}
        words={{
          title: t("adm.keys.title"),
          search: t("adm.keys.search"),
          help: t("adm.keys.help"),
          close: t("set.close"),
          on: t("adm.keys.on"),
        }}
      />
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
