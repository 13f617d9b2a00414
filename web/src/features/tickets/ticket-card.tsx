import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ArenaEvent, TicketDetails, Venue } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { printedSeat } from "@/shared/map/printed";
import { shortName } from "@/shared/map/short-name";
import { Icon, type IconName } from "@/shared/ui/icon";
import { Scarf } from "@/shared/ui/scarf";
import { entryKeyQuery } from "./api";
import { EntryCode } from "./entry-code";
import { TicketPill } from "./ticket-pill";

interface Props {
  ticket: TicketDetails;
  event: ArenaEvent | undefined;
  venue: Venue | undefined;
}

/** A ticket as a stadium sign: huge, condensed, readable at arm's length in rain. */
export function TicketCard({ ticket, event, venue }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const section = venue?.sections.find((each) => each.id === ticket.sectionId);
  const name = section?.name ?? "";
  const entry = useQuery({ ...entryKeyQuery(ticket.ticketId), enabled: ticket.status === "VALID" });
  const holder = entry.data?.holderName;
  const where = [venue?.name, ticket.row ? name : t("ticket.anyPlace")].filter(Boolean).join(" · ");
  return (
    <article className="tick" aria-label={t("ticket.label")}>
      {event ? <Scarf name={event.name} worn={event.scarf} /> : <div className="sk h-16 rounded-none" />}
      <div className="who row between flex-wrap">
        <span className="min-w-0">
          <b className="num block wrap-anywhere">
            {event && format.when(event.startTime, venue?.location.timezone)}
          </b>
          <span className="s13 muted">{where}</span>
          {holder && <b className="block wrap-anywhere">{holder}</b>}
        </span>
        <TicketPill status={ticket.status} />
      </div>
      <dl className="seatrow">
        {ticket.row ? (
          <>
            <SignPart name={t("sign.row")} value={ticket.row} />
            <SignPart name={t("sign.seat")} value={String(printedSeat(venue, ticket) ?? "")} />
          </>
        ) : (
          <SignPart name={t("sign.section")} value={shortName(name)} />
        )}
        {section?.gate && (
          <div className="gate">
            <dt>{t("sign.gate")}</dt>
            <dd className="score gatebox">{section.gate}</dd>
          </div>
        )}
      </dl>
      <div className="perf" aria-hidden="true">
        <i />
      </div>
      {ticket.status === "VALID" ? (
        <EntryCode ticket={ticket} seat={printedSeat(venue, ticket)} />
      ) : (
        <CodePanel status={ticket.status} />
      )}
    </article>
  );
}

function SignPart({ name, value }: { name: string; value: string }) {
  return (
    <div className="min-w-0">
      <dt>{name}</dt>
      <dd className={value.length > 5 ? "score words" : "score"}>{value}</dd>
    </div>
  );
}

type Codeless = Exclude<TicketDetails["status"], "VALID">;

const CODE_ICONS: Record<Codeless, IconName> = {
  RESERVED: "clock",
  CHECKED_IN: "gate",
  TRANSFERRED: "arrow",
  VOID: "g-x",
};

// A dead ticket says why it has no code.
function CodePanel({ status }: { status: Codeless }) {
  const { t } = useTranslation();
  return (
    <div className="mid code-later">
      <Icon name={CODE_ICONS[status]} className="i-l" />
      <p className="b">{t(`code.${status}.title`)}</p>
      <p className="s13 muted">{t(`code.${status}.text`)}</p>
    </div>
  );
}
