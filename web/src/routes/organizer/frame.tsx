import { useTranslation } from "react-i18next";
import { NavLink, Outlet, useNavigate, useParams } from "react-router";
import { useOrganizations } from "@/features/organizer/organization";
import { Header } from "@/features/shell/header";
import { Icon } from "@/shared/ui/icon";
import { intoSight } from "@/shared/ui/into-sight";
import { Shortcuts } from "@/shared/ui/shortcuts";
import { RequirePerson } from "../shell/require-person";
import { EVENT, HOUSE, ORGANIZATION, type Way } from "./ways";
import "@/features/organizer/organizer.css";

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
  const { current } = useOrganizations();
  return (
    <nav className="org-rail" aria-label={t("org.nav.label")}>
      <Switch />
      <Ways from="/organizer" ways={HOUSE} />
      {current !== undefined && <Ways from={`/organizer/${current.organizationId}`} ways={ORGANIZATION} />}
      {eventId !== undefined && (
        <>
          <hr />
          <Ways from={`/organizer/events/${eventId}`} ways={EVENT} />
        </>
      )}
      <Keys eventId={eventId} />
    </nav>
  );
}

/** The same ways by keyboard. */
function Keys({ eventId }: { eventId: string | undefined }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { current } = useOrganizations();
  const lists = [
    ["/organizer", HOUSE],
    ...(current === undefined ? [] : [[`/organizer/${current.organizationId}`, ORGANIZATION] as const]),
    ...(eventId === undefined ? [] : [[`/organizer/events/${eventId}`, EVENT] as const]),
  ] as const;
  const list = lists.flatMap(([from, ways]) =>
    ways.flatMap(({ to, words, key }) =>
      key === undefined ? [] : [{ key, label: t(words), go: () => void navigate(from + to) }],
    ),
  );
  return (
    <Shortcuts
      list={list}
      words={{
        title: t("org.keys.title"),
        search: t("org.keys.search"),
        help: t("org.keys.help"),
        close: t("org.keys.close"),
        on: t("org.keys.on"),
      }}
    />
  );
}

function Ways({ from, ways }: { from: string; ways: readonly Way[] }) {
  const { t } = useTranslation();
  return ways.map(({ to, icon, words, isEnd }) => (
    <NavLink key={to} ref={intoSight} to={from + to} end={isEnd ?? false}>
      <Icon name={icon} />
      {t(words)}
    </NavLink>
  ));
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
