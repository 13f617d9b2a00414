import { useTranslation } from "react-i18next";
import { NavLink, Outlet, useParams } from "react-router";
import { useOrganizations } from "@/features/organizer/organization";
import { Header } from "@/features/shell/header";
import type { WordKey } from "@/shared/i18n/setup";
import { Icon, type IconName } from "@/shared/ui/icon";
import { RequirePerson } from "../shell/require-person";
import "./organizer.css";

interface Way {
  to: string;
  icon: IconName;
  words: Extract<WordKey, `org.nav.${string}`>;
  isEnd?: boolean;
}

/** What an organization has, and what an event of it has; a line each. */
const HOUSE: Way[] = [
  { to: "/organizer", icon: "cal", words: "org.nav.events", isEnd: true },
  { to: "/organizer/orders", icon: "list", words: "org.nav.orders" },
  { to: "/organizer/venues", icon: "pin", words: "org.nav.venues" },
];
const EVENT: Way[] = [
  { to: "", icon: "chart", words: "org.nav.live", isEnd: true },
  { to: "/messages", icon: "mail", words: "org.nav.messages" },
  { to: "/edit", icon: "pencil", words: "org.nav.edit" },
];

/** The frame of the organizer's pages: whose house it is, and the ways through it. */
export function OrganizerFrame() {
  const { eventId } = useParams();
  return (
    <RequirePerson>
      <div className="org">
        <Header plain />
        <Rail eventId={eventId} />
        <Outlet />
      </div>
    </RequirePerson>
  );
}

function Rail({ eventId }: { eventId: string | undefined }) {
  const { t } = useTranslation();
  const ways =
    eventId === undefined
      ? []
      : EVENT.map((way) => ({ ...way, to: `/organizer/events/${eventId}${way.to}` }));
  return (
    <nav className="org-rail" aria-label={t("org.nav.label")}>
      <Switch />
      {[...HOUSE, ...ways].map(({ to, icon, words, isEnd }) => (
        <NavLink key={to} to={to} end={isEnd ?? false}>
          <Icon name={icon} />
          {t(words)}
        </NavLink>
      ))}
    </nav>
  );
}

/** Who works for several organizations looks at one at a time. */
function Switch() {
  const { t } = useTranslation();
  const { all, current, choose } = useOrganizations();
  if (all.length < 2) return null;
  return (
    <div className="field org-switch mb-3">
      <label htmlFor="organization">{t("org.switch")}</label>
      <select
        id="organization"
        className="input"
        value={current?.organizationId}
        onChange={(event) => choose(event.target.value)}
      >
        {all.map(({ organizationId, name }) => (
          <option key={organizationId} value={organizationId}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
