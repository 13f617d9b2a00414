import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useLocation } from "react-router";
import { useSession } from "@/shared/api/session";

/** Pages of one's own: sign in first, then come back here. */
export function RequirePerson({ children, orGuest = false }: { children: ReactNode; orGuest?: boolean }) {
  const { t } = useTranslation();
  const status = useSession((session) => session.status);
  const { pathname } = useLocation();
  const isStranger = status === "visitor" || (status === "guest" && !orGuest);
  if (isStranger) return <Navigate to={`/sign-in?next=${encodeURIComponent(pathname)}`} replace />;
  if (status === "booting")
    return (
      <main className="center" id="main" aria-busy="true">
        <p className="sr" role="status">
          {t("session.booting")}
        </p>
        <div className="sk h-9 w-48" />
        <div className="sk h-32" />
      </main>
    );
  return children;
}
