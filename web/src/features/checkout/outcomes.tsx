import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ArenaEvent, OrderResponse, Venue } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { shortName } from "@/shared/map/short-name";
import { orderNumber } from "@/shared/order-number";
import { Icon, type IconName } from "@/shared/ui/icon";
import { Scarf } from "@/shared/ui/scarf";
import { Busy, Note, Panel } from "@/shared/ui/states";
import { Keepsakes } from "./keepsakes";
import { type Ended, groupTickets } from "./stage";
import { placeWords, seatsOf } from "./summary";

/** The scarf unfurls, once, and then the words. */
export function Confirmed({
  order,
  event,
  venue,
  email,
  children,
}: {
  order: OrderResponse;
  event: ArenaEvent | undefined;
  venue: Venue | undefined;
  email: string | undefined;
  children?: ReactNode;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const when = event && format.longDay(event.startTime, venue?.location.timezone);
  const tickets = order.tickets.filter((ticket) => ticket.status !== "VOID");
  const gone = order.tickets.length - tickets.length;
  const time = event && format.time(event.startTime, venue?.location.timezone);
  return (
    <main id="main">
      {event && (
        <div className="in-hero">
          <Scarf name={event.name} worn={event.scarf} unfurl />
        </div>
      )}
      <div className="center wide">
        <div>
          <h1 className="shout text-[clamp(44px,7vw,80px)]">{t("confirmed.title")}</h1>
          <p className="muted mt-2 text-[17px]">
            {event && t("confirmed.text", { count: tickets.length, name: event.name, when, time })}{" "}
            {email && t("confirmed.sent", { email })}
          </p>
        </div>
        <ul className="stack">
          {groupTickets(tickets).map((group) => (
            <li className="card tk" key={`${group.sectionId} ${group.row} ${group.priceLevel}`}>
              <Sign
                section={venue?.sections.find((section) => section.id === group.sectionId)?.name ?? ""}
                gate={venue?.sections.find((section) => section.id === group.sectionId)?.gate ?? null}
                row={group.row}
                seats={group.row === null ? String(group.count) : seatsOf(group, venue)}
                count={group.count}
              />
            </li>
          ))}
        </ul>
        {gone > 0 && <Note tone="info" title={t("confirmed.gone", { count: gone })} />}
        {gone === 0 && order.status === "PARTIALLY_REFUNDED" && (
          <Note tone="info" title={t("confirmed.partly")} />
        )}
        <div className="row flex-wrap gap-2.5">
          <Link className="btn btn-flood btn-lg max-lg:w-full lg:min-w-80" to="/tickets">
            <Icon name="ticket" />
            {t("confirmed.open")}
          </Link>
          <Link className="btn btn-line btn-lg max-lg:w-full" to="/">
            {t("action.seeEvents")}
          </Link>
        </div>
        {children}
        {event && <Keepsakes event={event} venue={venue} />}
        <p className="s13 muted num">
          {t("confirmed.receipt", { total: format.money(order.total, order.currency) })}{" "}
          <span className="mono">{orderNumber(order.orderId)}</span>
        </p>
      </div>
    </main>
  );
}

function Sign({
  section,
  gate,
  row,
  seats,
  count,
}: {
  section: string;
  gate: string | null;
  row: string | null;
  seats: string;
  count: number;
}) {
  const { t } = useTranslation();
  const parts: [string, string][] = [[t("sign.section"), shortName(section)]];
  if (row !== null) parts.push([t("sign.row"), row]);
  parts.push([row === null ? t("sign.places") : t("sign.seats", { count }), seats]);
  if (gate) parts.push([t("sign.gate"), gate]);
  return (
    <dl className="sign">
      {parts.map(([name, value], index) => (
        <div key={name} className={gate && index === parts.length - 1 ? "ml-auto" : ""}>
          <dt>{name}</dt>
          <dd className="score">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Expired({
  order,
  venue,
  isBusy,
  error,
  again,
}: {
  order: OrderResponse;
  venue: Venue | undefined;
  isBusy: boolean;
  error: unknown;
  again: () => void;
}) {
  const { t } = useTranslation();
  const gone = codeOf(error) === "EVENT002" || codeOf(error) === "SEAT001";
  return (
    <main className="center" id="main">
      <Panel icon="clock" title={t("expired.title")} text={t("expired.text")} level={1}>
        <ul className="muted num" aria-label={t("expired.places")}>
          {groupTickets(order.tickets).map((group) => (
            <li key={`${group.sectionId} ${group.row} ${group.priceLevel}`}>{placeWords(group, venue, t)}</li>
          ))}
        </ul>
        {error != null && (
          <div className="w-full text-left">
            <Note tone="no" title={gone ? t("expired.gone.title") : t("expired.refused.title")} live>
              <p>{gone ? t("expired.gone.text") : t("expired.refused.text")}</p>
            </Note>
          </div>
        )}
        {!gone && (
          <button type="button" className="btn btn-flood btn-lg" aria-busy={isBusy} onClick={again}>
            {isBusy ? <Busy>{t("hold.holding")}</Busy> : t("expired.again")}
          </button>
        )}
        <Link className={gone ? "btn btn-flood btn-lg" : "btn btn-quiet"} to={`/events/${order.eventId}`}>
          {t("expired.others")}
        </Link>
      </Panel>
    </main>
  );
}

const OVER: Record<Ended, IconName> = {
  released: "undo",
  eventCancelled: "g-x",
  void: "g-x",
  failed: "stop",
  refunded: "undo",
};

/** An order that ended without tickets: what happened, what it cost, where to go. */
export function Over({ order, how }: { order: OrderResponse; how: Ended }) {
  const { t } = useTranslation();
  const format = useFormat();
  const total = format.money(order.total, order.currency);
  return (
    <main className="center" id="main">
      <Panel
        icon={OVER[how]}
        title={t(`over.${how}.title`)}
        text={t(`over.${how}.text`, { total })}
        level={1}
      >
        <Link className="btn btn-flood btn-lg" to={`/events/${order.eventId}`}>
          {t("over.back")}
        </Link>
      </Panel>
    </main>
  );
}
