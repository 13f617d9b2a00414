import { useTranslation } from "react-i18next";
import { Link, useRouteError } from "react-router";
import { Header } from "@/features/shell/header";
import { Panel } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";

export function NotFoundRoute() {
  const { t } = useTranslation();
  usePageTitle(t("notFound.title"));
  return (
    <main className="center" id="main">
      <Panel icon="map" title={t("notFound.title")} text={t("notFound.text")} level={1}>
        <Link className="btn btn-flood" to="/">
          {t("action.seeEvents")}
        </Link>
      </Panel>
    </main>
  );
}

/** A page that broke. The rest of the site still works, and says so. */
export function BrokenRoute() {
  const { t } = useTranslation();
  const error = useRouteError();
  return (
    <>
      <Header />
      <main className="center" id="main">
        <Panel icon="stop" title={t("broken.title")} text={t("broken.text")} level={1}>
          <a className="btn btn-flood" href={window.location.pathname}>
            {t("broken.reload")}
          </a>
          {error instanceof Error && <p className="s12 dim mono">{error.message}</p>}
        </Panel>
      </main>
    </>
  );
}
