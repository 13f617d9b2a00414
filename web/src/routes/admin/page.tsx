import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { usePageTitle } from "@/shared/ui/use-page-title";

type Name = "health" | "people" | "organizations" | "flags" | "money" | "jobs" | "webhooks" | "audit";

export function AdminPage({ name, children }: { name: Name; children: ReactNode }) {
  const { t } = useTranslation();
  usePageTitle(t(`adm.page.${name}`));
  return (
    <main className="org-main" id="main">
      <h1 className="shout text-[26px]">{t(`adm.page.${name}`)}</h1>
      {children}
    </main>
  );
}
