import { useTranslation } from "react-i18next";
import { useRouteError } from "react-router";
import { Header } from "@/features/shell/header";
import { Panel } from "@/shared/ui/states";
import { useOnline } from "@/shared/ui/use-media";
import { usePageTitle } from "@/shared/ui/use-page-title";

/** A screen that broke, inside the frame. The rest of the site still works, and says so. */
export function BrokenPart() {
  const { t } = useTranslation();
  const isOnline = useOnline();
  const error = useRouteError();
  // Not by its class: the boundary must stand even where the route table does not.
  const isMissing = error instanceof Error && error.name === "AreaMissing";
  const [title, text] = !isMissing
    ? [t("broken.title"), t("broken.text")]
    : isOnline
      ? [t("unfetched.title"), t("unfetched.text")]
      : [t("unfetched.offline.title"), t("unfetched.offline.text")];
  usePageTitle(title);
  return (
    <main className="center" id="main">
      <Panel icon={isMissing ? "nowifi" : "stop"} title={title} text={text} level={1}>
        <a className="btn btn-flood" href={window.location.pathname + window.location.search}>
          {t("broken.reload")}
        </a>
        {error instanceof Error && <p className="s12 dim mono">{error.message}</p>}
      </Panel>
    </main>
  );
}

export function BrokenPage() {
  return (
    <>
      <Header />
      <BrokenPart />
    </>
  );
}
