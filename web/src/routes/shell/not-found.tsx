import { useTranslation } from "react-i18next";
import { Link } from "react-router";
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
