import { useTranslation } from "react-i18next";
import { Link, Navigate, useNavigate, useSearchParams } from "react-router";
import { AuthLayout } from "@/features/auth/auth-layout";
import { nextPath } from "@/features/auth/next";
import { RegisterForm } from "@/features/auth/register-form";
import { SignInForm } from "@/features/auth/sign-in-form";
import { useSession } from "@/shared/api/session";
import { usePageTitle } from "@/shared/ui/use-page-title";

function useNext() {
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const next = nextPath(params);
  const isPerson = useSession((session) => session.status === "person");
  return {
    next,
    query: next === "/" ? "" : `?next=${encodeURIComponent(next)}`,
    isPerson,
    done: () => navigate(next, { replace: true }),
  };
}

export function SignInRoute() {
  const { t } = useTranslation();
  const { next, query, isPerson, done } = useNext();
  usePageTitle(t("auth.signIn.title"));
  if (isPerson) return <Navigate to={next} replace />;
  return (
    <AuthLayout>
      <div>
        <h1 className="shout h1">{t("auth.signIn.title")}</h1>
        <p className="muted mt-2">{t(next === "/" ? "auth.signIn.text" : "auth.signIn.textNext")}</p>
      </div>
      <SignInForm done={done} />
      <p>
        {t("auth.signIn.new")}{" "}
        <Link className="link" to={`/register${query}`}>
          {t("auth.register.link")}
        </Link>
      </p>
    </AuthLayout>
  );
}

export function RegisterRoute() {
  const { t } = useTranslation();
  const { next, query, isPerson, done } = useNext();
  usePageTitle(t("auth.register.title"));
  if (isPerson) return <Navigate to={next} replace />;
  return (
    <AuthLayout>
      <div>
        <h1 className="shout h1">{t("auth.register.title")}</h1>
        <p className="muted mt-2">{t("auth.register.text")}</p>
      </div>
      <RegisterForm done={done} />
      <p>
        {t("auth.register.have")}{" "}
        <Link className="link" to={`/sign-in${query}`}>
          {t("auth.signIn.link")}
        </Link>
      </p>
    </AuthLayout>
  );
}
