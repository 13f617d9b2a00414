import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { foundOrganization, ownEventsQuery } from "@/features/organizer/api";
import { isManager, useOrganizations } from "@/features/organizer/organization";
import type { ArenaEvent, Membership } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { meQuery } from "@/shared/api/me";
import { useFormat } from "@/shared/i18n/format";
import { EventPill } from "@/shared/ui/event-pill";
import { Field } from "@/shared/ui/field";
import { Icon } from "@/shared/ui/icon";
import { Busy, LoadError, Panel } from "@/shared/ui/states";
import { Tide } from "@/shared/ui/tide";
import { usePageTitle } from "@/shared/ui/use-page-title";

export function EventsRoute() {
  const { t } = useTranslation();
  const organizations = useOrganizations();
  usePageTitle(t("org.events.title"));
  return (
    <main className="org-main" id="main">
      <div className="org-head">
        <h1 className="shout grow">{t("org.events.title")}</h1>
        {isManager(organizations.current) && (
          <Link className="btn btn-flood" to="/organizer/new">
            <Icon name="plus" />
            {t("org.new.title")}
          </Link>
        )}
      </div>
      {organizations.error !== null && (
        <LoadError error={organizations.error} what={t("org.error.you")} retry={organizations.retry} />
      )}
      {organizations.isPending && <div className="sk h-24" aria-busy="true" />}
      {!organizations.isPending && organizations.error === null && (
        <House organization={organizations.current} />
      )}
    </main>
  );
}

function House({ organization }: { organization: Membership | undefined }) {
  const { t } = useTranslation();
  const events = useQuery(ownEventsQuery(organization?.organizationId));
  if (organization === undefined) return <Found />;
  if (events.isError)
    return (
      <LoadError error={events.error} what={t("org.error.events")} retry={() => void events.refetch()} />
    );
  if (events.data === undefined) return <div className="sk h-24" aria-busy="true" />;
  if (events.data.length === 0)
    return (
      <div className="card">
        <Panel
          icon="cal"
          title={t("org.events.none")}
          text={t("org.events.noneText", { name: organization.name })}
        />
      </div>
    );
  return (
    <ul className="card org-list" aria-label={organization.name}>
      {events.data.map((event) => (
        <Line key={event.id} event={event} />
      ))}
    </ul>
  );
}

function Line({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { sold, held, capacity } = event.availability;
  return (
    <li>
      <Link className="org-event" to={`/organizer/events/${event.id}`}>
        <span className="min-w-0">
          <b className="trunc block">{event.name}</b>
          <span className="s13 muted num">
            {format.when(event.startTime)}
            {event.seriesId != null && ` · ${t("org.events.series")}`}
          </span>
        </span>
        <EventPill event={event} />
        <Tide sold={sold} held={held} capacity={capacity} />
      </Link>
    </li>
  );
}

/** Whoever belongs to no organization may found one. */
function Found() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [state, setState] = useState<"rest" | "busy" | "failed">("rest");
  const key = useRef(crypto.randomUUID());
  const found = async (event: FormEvent) => {
    event.preventDefault();
    setState("busy");
    try {
      await foundOrganization(name, key.current);
      await client.invalidateQueries({ queryKey: meQuery.queryKey });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setState("failed");
    }
  };
  return (
    <form className="card pad stack max-w-[520px]" onSubmit={found}>
      <h2 className="h3">{t("org.found.title")}</h2>
      <p className="muted">{t("org.found.text")}</p>
      <Field
        id="organization-name"
        label={t("org.found.name")}
        value={name}
        maxLength={200}
        required
        error={state === "failed" ? t("org.found.failed") : undefined}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" className="btn btn-flood" disabled={state === "busy" || name.trim() === ""}>
        {state === "busy" ? <Busy>{t("org.found.busy")}</Busy> : t("org.found.do")}
      </button>
    </form>
  );
}
