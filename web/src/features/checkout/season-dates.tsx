import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { eventQuery } from "@/shared/api/catalog";
import type { OrderResponse, Venue } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { groupTickets } from "./stage";
import { placeWords } from "./summary";

/** Each date of a season ticket with its places and what it comes to; with the way to its order once it is paid. */
export function SeasonDates({
  orders,
  venue,
  isPaid = false,
}: {
  orders: readonly OrderResponse[];
  venue: Venue | undefined;
  isPaid?: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const events = useQueries({ queries: orders.map(({ eventId }) => eventQuery(eventId)) });
  return (
    <ul className="card overflow-hidden" aria-label={t("season.dates")}>
      {orders.map((order, at) => {
        const event = events[at]?.data;
        const places = groupTickets(order.tickets).map((group) => placeWords(group, venue, t));
        const isOff = order.tickets.every(({ status }) => status === "VOID");
        const row = (
          <>
            <span className="min-w-0">
              <b className="block num">
                {event ? format.when(event.startTime, venue?.location.timezone) : "\u00a0"}
              </b>
              <span className="s13 muted block num wrap-anywhere">
                {isPaid && isOff ? t("season.off") : places.join(" · ")}
              </span>
            </span>
            <span className={isPaid ? "num" : "num col-span-2"}>
              {format.money(order.total, order.currency)}
            </span>
          </>
        );
        return (
          <li key={order.orderId}>
            {isPaid ? (
              <Link className="tkrow" to={`/account/orders/${order.orderId}`}>
                {row}
                <Icon name="right" className="i-s" />
              </Link>
            ) : (
              <div className="tkrow">{row}</div>
            )}
          </li>
        );
      })}
    </ul>
  );
}
