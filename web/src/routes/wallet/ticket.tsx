import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { keptEventQuery, ticketQuery } from "@/features/tickets/api";
import { Holder } from "@/features/tickets/holder";
import { NewCodes } from "@/features/tickets/new-codes";
import { PhoneWallets } from "@/features/tickets/phone-wallets";
import { SendTicket } from "@/features/tickets/send-ticket";
import { TicketCard } from "@/features/tickets/ticket-card";
import { useWallet } from "@/features/tickets/use-wallet";
import type { TicketDetails, Venue } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { useEventVenue } from "@/shared/api/use-event-venue";
import { BowlArt } from "@/shared/map/bowl-art";
import { Icon } from "@/shared/ui/icon";
import { LoadError, OfflineNote, Panel } from "@/shared/ui/states";
import { useOnline } from "@/shared/ui/use-media";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { RequirePerson } from "../shell/require-person";

export function TicketRoute() {
  return (
    <RequirePerson>
      <Ticket />
    </RequirePerson>
  );
}

function Ticket() {
  const { t } = useTranslation();
  const { ticketId = "" } = useParams();
  const isOnline = useOnline();
  const ticket = useQuery(ticketQuery(ticketId));
  const event = useQuery({
    ...keptEventQuery(ticket.data?.eventId ?? ""),
    enabled: ticket.data !== undefined,
  });
  const venue = useEventVenue(event.data);
  const wallet = useWallet();
  usePageTitle(event.data?.name ?? t("nav.tickets"));
  const siblings = wallet.tickets.data?.filter((each) => each.eventId === ticket.data?.eventId) ?? [];
  return (
    <main className="page max-w-[960px]!" id="main">
      {/* One line on a phone: the code is to be seen without scrolling. */}
      <div className="mb-2 flex items-center lg:mb-4 lg:block">
        <Link className="btn btn-quiet -ml-3 lg:mb-2" to="/tickets">
          <Icon name="left" className="i-s" />
          <span className="max-lg:sr-only">{t("wallet.all")}</span>
        </Link>
        <h1 className="shout line-clamp-2 min-w-0 text-[20px] lg:text-[32px]" title={event.data?.name}>
          {event.data?.name ?? t("wallet.title")}
        </h1>
      </div>
      {!isOnline && (
        <div className="mb-4">
          <OfflineNote />
        </div>
      )}
      {ticket.isError &&
        (codeOf(ticket.error) === "TICKET001" || codeOf(ticket.error) === "VALIDATION001" ? (
          <Panel icon="ticket" title={t("ticket.missing.title")} text={t("ticket.missing.text")} />
        ) : (
          <LoadError error={ticket.error} what={t("ticket.error")} retry={() => void ticket.refetch()} />
        ))}
      {ticket.isPending && isOnline && (
        <div className="sk h-[420px] max-w-[460px]" aria-busy="true">
          <p className="sr" role="status">
            {t("wallet.loading")}
          </p>
        </div>
      )}
      {ticket.data !== undefined && (
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[minmax(0,460px)_minmax(0,1fr)] lg:gap-10">
          <div className="stack">
            <TicketCard ticket={ticket.data} event={event.data} venue={venue} />
            <Siblings tickets={siblings} current={ticketId} />
          </div>
          <div className="stack gap-4">
            {venue !== undefined && <WayIn ticket={ticket.data} venue={venue} />}
            {isOnline && <Holder key={ticketId} ticket={ticket.data} />}
            {isOnline && <PhoneWallets ticket={ticket.data} />}
            {isOnline && <SendTicket ticket={ticket.data} />}
            {isOnline && <NewCodes key={`codes ${ticketId}`} ticket={ticket.data} />}
          </div>
        </div>
      )}
    </main>
  );
}

function Siblings({ tickets, current }: { tickets: readonly TicketDetails[]; current: string }) {
  const { t } = useTranslation();
  const index = tickets.findIndex((ticket) => ticket.ticketId === current);
  if (tickets.length < 2 || index < 0) return null;
  const [previous, next] = [tickets[index - 1], tickets[index + 1]];
  return (
    <nav className="row between" aria-label={t("ticket.others")}>
      {previous ? (
        <Link className="icon-btn" to={`/tickets/${previous.ticketId}`} aria-label={t("ticket.previous")}>
          <Icon name="left" />
        </Link>
      ) : (
        <span className="w-11" />
      )}
      <span className="s13 muted num">{t("ticket.nOf", { n: index + 1, of: tickets.length })}</span>
      {next ? (
        <Link className="icon-btn" to={`/tickets/${next.ticketId}`} aria-label={t("ticket.next")}>
          <Icon name="right" />
        </Link>
      ) : (
        <span className="w-11" />
      )}
    </nav>
  );
}

function WayIn({ ticket, venue }: { ticket: TicketDetails; venue: Venue }) {
  const { t } = useTranslation();
  const section = venue.sections.find((each) => each.id === ticket.sectionId);
  return (
    <section className="card pad">
      <h2 className="h3">{t("wayIn.title")}</h2>
      <ul className="facts mt-3">
        <li>
          <Icon name="pin" />
          <span>
            {venue.name}, {venue.location.address}, {venue.location.city}
          </span>
        </li>
        {section?.gate && (
          <li>
            <Icon name="gate" />
            <span>{t("wayIn.gate", { gate: section.gate, section: section.name })}</span>
          </li>
        )}
      </ul>
      <div className="map mt-4 h-[220px] rounded-md">
        <BowlArt sections={venue.sections} ranks={new Map()} chosen={ticket.sectionId} />
      </div>
    </section>
  );
}
