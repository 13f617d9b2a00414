import { useTranslation } from "react-i18next";
import { Outlet, ScrollRestoration } from "react-router";
import { Header, Tabs } from "@/features/shell/header";

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
  return (
    <>
      <a className="skip" href="#main">
        {t("nav.skip")}
      </a>
      <Outlet />
      <ScrollRestoration />
    </>
  );
}
