import { useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { activityQuery, orderQuery, ordersQuery } from "@/features/orders/api";
import { GiveBack } from "@/features/orders/give-back";
import { OrderPill } from "@/features/orders/order-pill";
import { eventQuery } from "@/shared/api/catalog";
import type { OrderResponse, TicketDetails, Venue } from "@/shared/api/contract";
import { useEventVenue } from "@/shared/api/use-event-venue";
import { useFormat } from "@/shared/i18n/format";
import { printedSeat } from "@/shared/map/printed";
import { orderNumber } from "@/shared/order-number";
import { Invoices } from "@/shared/papers/invoices";
import { Icon } from "@/shared/ui/icon";
import { LoadError, Panel } from "@/shared/ui/states";
import { AccountPage } from "./account";

/** What somebody has bought, holds, or had back: the newest first. */
export function OrdersRoute() {
  return <AccountPage>{() => <Orders />}</AccountPage>;
}

function Orders() {
  const { t } = useTranslation();
  const query = useInfiniteQuery(ordersQuery);
  const orders = query.data?.pages.flatMap((page) => page.orders) ?? [];
  const ids = [...new Set(orders.map(({ eventId }) => eventId))];
  const events = useQueries({ queries: ids.map((id) => eventQuery(id)) });
  const nameOf = (eventId: string) => events[ids.indexOf(eventId)]?.data?.name;
  if (query.isPending) return <div className="sk mt-4 h-40" aria-busy="true" />;
  if (query.isError)
    return <LoadError error={query.error} what={t("orders.error")} retry={() => void query.refetch()} />;
  if (orders.length === 0)
    return (
      <Panel icon="list" title={t("orders.none")} text={t("orders.noneText")}>
        <Link className="btn btn-line" to="/">
          {t("action.seeEvents")}
        </Link>
      </Panel>
    );
  return (
    <section className="stack mt-4">
      <h2 className="sr">{t("account.tabs.orders")}</h2>
      <ul className="card overflow-hidden">
        {orders.map((order) => (
          <li key={order.orderId}>
            <OrderRow order={order} name={nameOf(order.eventId)} />
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <button
          type="button"
          className="btn btn-line justify-self-center"
          disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t("orders.more")}
        </button>
      )}
    </section>
  );
}

function OrderRow({ order, name }: { order: OrderResponse; name: string | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Link className="tkrow" to={`/account/orders/${order.orderId}`}>
      <span className="min-w-0 grow">
        <b className="block wrap-anywhere">{name ?? "\u00a0"}</b>
        <span className="s13 muted num block wrap-anywhere">
          {format.when(order.createdAt)} · {t("orders.places", { count: order.tickets.length })} ·{" "}
          {format.money(order.total, order.currency)}
        </span>
      </span>
      <OrderPill status={order.status} />
      <Icon name="right" className="i-s" />
    </Link>
  );
}

/** One order: its places, its money, what became of it, and what may go back. */
export function OrderRoute() {
  const { orderId = "" } = useParams();
  return <AccountPage>{() => <Order key={orderId} orderId={orderId} />}</AccountPage>;
}

function Order({ orderId }: { orderId: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useQuery(orderQuery(orderId));
  const order = query.data;
  const event = useQuery({ ...eventQuery(order?.eventId ?? ""), enabled: order !== undefined }).data;
  const venue = useEventVenue(event);
  if (query.isError)
    return <LoadError error={query.error} what={t("orders.error")} retry={() => void query.refetch()} />;
  if (order === undefined) return <div className="sk mt-4 h-40" aria-busy="true" />;
  const nameOf = (ticket: TicketDetails) => placeOf(ticket, venue, t("orders.standing"));
  return (
    <div className="stack gap-4 mt-4">
      <section className="card pad stack">
        <div className="row between flex-wrap">
          <h2 className="h3">
            <Link to={`/events/${order.eventId}`}>{event?.name ?? "\u00a0"}</Link>
          </h2>
          <OrderPill status={order.status} />
        </div>
        {event && (
          <p className="s13 muted num">
            {[format.when(event.startTime, venue?.location.timezone), venue?.name]
              .filter(Boolean)
              .join(" · ")}
          </p>
        )}
        <ul className="stack gap-1.5">
          {order.tickets.map((ticket) => (
            <li className="kv" key={ticket.ticketId}>
              <span className={ticket.status === "VOID" ? "muted line-through" : ""}>{nameOf(ticket)}</span>
              <span className="num">{format.money(ticket.amount + ticket.fee, order.currency)}</span>
            </li>
          ))}
        </ul>
        {order.discount > 0 && (
          <p className="kv">
            <span>{t("orders.discount")}</span>
            <span className="num">{format.money(-order.discount, order.currency)}</span>
          </p>
        )}
        <p className="kv">
          <b>{t("orders.total")}</b>
          <b className="num">{format.money(order.total, order.currency)}</b>
        </p>
        {order.status === "PENDING" && (
          <Link className="btn btn-flood" to={`/checkout/${order.orderId}`}>
            {t("orders.finish")}
          </Link>
        )}
        {order.tickets.some(({ status }) => status === "VALID") && order.status !== "PENDING" && (
          <Link className="btn btn-line justify-self-start" to="/tickets">
            {t("orders.tickets")}
          </Link>
        )}
        <p className="s13 muted">
          {t("orders.number")} <span className="mono">{orderNumber(order.orderId)}</span>
        </p>
      </section>
      <Invoices order={order} level={2} />
      <Timeline orderId={orderId} />
      {event && <GiveBack order={order} event={event} nameOf={nameOf} />}
    </div>
  );
}

function Timeline({ orderId }: { orderId: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const activity = useQuery(activityQuery(orderId));
  if (activity.isError)
    return (
      <LoadError error={activity.error} what={t("orders.error")} retry={() => void activity.refetch()} />
    );
  return (
    <section className="card pad stack" aria-busy={activity.isPending}>
      <h2 className="h3">{t("orders.timeline")}</h2>
      <ol className="stack gap-1.5">
        {(activity.data ?? []).map((entry) => (
          <li className="row flex-wrap" key={`${entry.at} ${entry.kind}`}>
            <span className="num muted">{format.when(entry.at)}</span>
            <b>{t(`orders.activity.${entry.kind}`)}</b>
            {entry.amount != null && entry.currency != null && (
              <span className="num">{format.money(entry.amount, entry.currency)}</span>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** "110, F 13", or the section and that one stands. */
function placeOf(ticket: TicketDetails, venue: Venue | undefined, standing: string): string {
  const section = venue?.sections.find(({ id }) => id === ticket.sectionId)?.name ?? "";
  return ticket.row == null
    ? `${section} · ${standing}`
    : `${section} · ${ticket.row} ${printedSeat(venue, ticket)}`;
}
