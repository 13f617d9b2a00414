import { useTranslation } from "react-i18next";
import { Outlet, ScrollRestoration, useLocation, useNavigation } from "react-router";
import { OpenHolds } from "@/features/holds/open-holds";
import { Header, Tabs } from "@/features/shell/header";
import { NewVersion } from "@/features/shell/new-version";
import { useFocusHeading } from "@/shared/ui/focus-heading";

/** The usual frame: header, page, and tabs on a phone. Event and checkout bring their own. */
export function FramedLayout() {
  return (
    <>
      <Header plain />
      <Outlet />
      <Tabs />
    </>
  );
}

export function RootLayout() {
  const { t } = useTranslation();
  useFocusHeading(useLocation().pathname);
  return (
    <>
      <a className="skip" href="#main">
        {t("nav.skip")}
      </a>
      <Going />
      <OpenHolds />
      <Outlet />
      <NewVersion />
      <ScrollRestoration />
    </>
  );
}

/** Until the next area is there the old screen stays; a line says that something is happening, if it takes long. */
function Going() {
  const { t } = useTranslation();
  const isGoing = useNavigation().state === "loading";
  return isGoing ? <div className="going" role="progressbar" aria-label={t("nav.going")} /> : null;
}

/** What is there before the first area is: the frame, so that nothing jumps when the page comes. */
export function FirstPaint() {
  return (
    <>
      <header className="top">
        <span className="logo">ArenaPulse</span>
      </header>
      <main className="page" id="main" aria-busy="true">
        <div className="sk mt-5 h-9 w-[60%]" />
        <div className="sk mt-4 h-32" />
      </main>
    </>
  );
}
