import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink } from "react-router";
import { Icon } from "@/shared/ui/icon";
import { AccountMenu } from "./account-menu";

export function Logo() {
  return (
    <Link className="logo" to="/">
      <Icon name="logo" />
      <span className="logo-word">ArenaPulse</span>
    </Link>
  );
}

// An event's page is drawn anew with its numbers; what stands above it stays.
export const Header = memo(function Header({ plain = false }: { plain?: boolean }) {
  const { t } = useTranslation();
  return (
    <header className={plain ? "top max-lg:static max-lg:h-14 max-lg:border-0 max-lg:bg-bg" : "top"}>
      <Logo />
      <nav className="nav only-d" aria-label={t("nav.main")}>
        <NavLink to="/" end>
          {t("nav.discover")}
        </NavLink>
        <NavLink to="/tickets">{t("nav.myTickets")}</NavLink>
      </nav>
      <span className="grow" />
      <AccountMenu />
    </header>
  );
});

export function Tabs() {
  const { t } = useTranslation();
  return (
    <nav className="tabs only-m" aria-label={t("nav.main")}>
      <NavLink to="/" end>
        <Icon name="search" />
        {t("nav.discover")}
      </NavLink>
      <NavLink to="/tickets">
        <Icon name="ticket" />
        {t("nav.tickets")}
      </NavLink>
      <NavLink to="/account">
        <Icon name="user" />
        {t("nav.you")}
      </NavLink>
    </nav>
  );
}
