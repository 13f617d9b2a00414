import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { TicketDetails, Venue } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { printedSeat } from "@/shared/map/printed";
import { Icon } from "@/shared/ui/icon";
import { Scarf } from "@/shared/ui/scarf";
import type { EventTickets } from "./groups";
import { TicketPill } from "./ticket-pill";
import { sectionName } from "./use-wallet";

/** One event's tickets: its scarf, when and where, and a line for each place. */
export function WalletGroup({
  group,
  venue,
  past,
}: {
  group: EventTickets;
  venue: Venue | undefined;
  past: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { event, tickets } = group;
  return (
    <article className={past ? "card past overflow-hidden" : "card overflow-hidden"}>
      {event ? <Scarf name={event.name} worn={event.scarf} /> : <div className="sk h-[88px] rounded-none" />}
      <div className="px-4 pt-3.5 pb-2">
        <h3 className="h3">{event?.name ?? "\u00a0"}</h3>
        <p className="s13 muted num">
          {event &&
            [format.when(event.startTime, venue?.location.timezone), venue?.name].filter(Boolean).join(" · ")}
        </p>
        {event?.status === "CANCELLED" && <p className="s13 b text-no">{t("wallet.cancelled")}</p>}
        {event?.status === "POSTPONED" && <p className="s13 b text-warn">{t("wallet.postponed")}</p>}
      </div>
      <ul>
        {tickets.map((ticket) => (
          <li key={ticket.ticketId}>
            <Link className="tkrow" to={`/tickets/${ticket.ticketId}`}>
              <PlaceWords
                ticket={ticket}
                section={sectionName(venue, ticket)}
                seat={printedSeat(venue, ticket)}
              />
              <TicketPill status={ticket.status} />
              <Icon name="right" className="i-s" />
            </Link>
          </li>
        ))}
      </ul>
    </article>
  );
}

function PlaceWords({
  ticket,
  section,
  seat,
}: {
  ticket: TicketDetails;
  section: string | undefined;
  seat: number | undefined;
}) {
  const { t } = useTranslation();
  const where = section ?? "\u00a0";
  if (!ticket.row) return <b className="num wrap-anywhere">{where}</b>;
  return (
    <span className="min-w-0">
      <b className="num block wrap-anywhere">{t("ticket.rowSeat", { row: ticket.row, seat })}</b>
      <span className="s13 muted block wrap-anywhere">{where}</span>
    </span>
  );
}
