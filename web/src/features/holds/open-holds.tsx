import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useMatch } from "react-router";
import { eventQuery } from "@/shared/api/catalog";
import type { OrderResponse } from "@/shared/api/contract";
import { openHoldsQuery, rereadOpenHolds } from "@/shared/api/open-holds";
import { isKnownAs, useSession } from "@/shared/api/session";
import { useSocketEvent } from "@/shared/realtime/use-socket-event";
import { minutesAndSeconds } from "@/shared/ui/duration";
import { Icon } from "@/shared/ui/icon";
import { useClock, useNow } from "@/shared/ui/use-now";

interface Hold {
  order: OrderResponse;
  /** By our clock, which ticks by the second and may still be before the moment of the answer. */
  endsAt: number;
  heardAt: number;
}

/** What is held and not paid, on every page but its own checkout: nothing is lost by going back. */
export function OpenHolds() {
  const { t } = useTranslation();
  const holds = useOpenHolds();
  const { pathname } = useLocation();
  const roads = holds.map(({ order }) => roadOf(order));
  // A season ticket is held at each of its dates and shown once.
  const shown = holds.filter((_, at) => roads[at] !== pathname && roads.indexOf(roads[at] ?? "") === at);
  if (shown.length === 0) return null;
  return (
    <aside className="holds" aria-label={t("holds.label")}>
      {shown.map((hold) => (
        <HoldLine key={hold.order.orderId} hold={hold} />
      ))}
    </aside>
  );
}

function HoldLine({ hold }: { hold: Hold }) {
  const { t } = useTranslation();
  const { order } = hold;
  const name = useQuery(eventQuery(order.eventId)).data?.name ?? "\u00a0";
  const words = t("holds.places", { count: order.tickets.length, name });
  return (
    <Link to={roadOf(order)}>
      <Icon name="clock" className="i-s" />
      <span className="clamp" title={words}>
        {words}
      </span>
      <TimeLeft hold={hold} />
      <b className="go">{t("holds.go")}</b>
    </Link>
  );
}

const roadOf = ({ orderId, seasonOrderId }: OrderResponse): string =>
  seasonOrderId === undefined ? `/checkout/${orderId}` : `/season-orders/${seasonOrderId}`;

function TimeLeft({ hold }: { hold: Hold }) {
  const now = Math.max(useNow(), hold.heardAt);
  return (
    <span className="score num" role="timer">
      {minutesAndSeconds(Math.max(0, hold.endsAt - now))}
    </span>
  );
}

function useOpenHolds(): Hold[] {
  const client = useQueryClient();
  const isPerson = useSession((session) => isKnownAs(session.status));
  const { data } = useQuery({ ...openHoldsQuery, enabled: isPerson });
  const readAgain = () => void rereadOpenHolds(client);
  // A million may stand in line: their pages hold no connection.
  const isInLine = useMatch("/events/:eventId/queue") !== null;
  useSocketEvent("order:update", readAgain, !isInLine);
  useSocketEvent("connect", readAgain, !isInLine);
  const holds = isPerson && data !== undefined ? data.orders.map((order) => holdOf(order, data.heardAt)) : [];
  // Drawn anew when one runs out, not each second.
  useClock((now) => holds.filter((hold) => hold.endsAt > now).length);
  return holds.filter((hold) => hold.endsAt > Date.now());
}

const holdOf = (order: OrderResponse, heardAt: number): Hold => ({
  order,
  heardAt,
  endsAt: heardAt + Date.parse(order.expiresAt) - Date.parse(order.serverTime),
});
