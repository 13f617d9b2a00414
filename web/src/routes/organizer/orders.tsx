import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { eventNamesQuery, soldOrdersQuery, soughtOf } from "@/features/organizer/api";
import { OrderDetail } from "@/features/organizer/order-detail";
import { useOrganizations } from "@/features/organizer/organization";
import { SearchField } from "@/features/organizer/search-field";
import type { SoldOrder } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Drawer } from "@/shared/ui/drawer";
import { FILE_TYPES, FileButtons } from "@/shared/ui/file-buttons";
import { LongList } from "@/shared/ui/long-list";
import { LoadError, Panel } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { useStable } from "@/shared/ui/use-stable";

const ROW_PX = 68;
/** A filter of its own on the wire; here it stands among the states, as one looks for it. */
const REFUND_FAILED = "REFUND_FAILED";
const STATUSES = [
  "PENDING",
  "CONFIRMED",
  "PARTIALLY_REFUNDED",
  "REFUNDED",
  "CANCELLED",
  "EXPIRED",
  "FAILED",
] as const;

/** Orders of all events; what is looked for lies in the address. */
export function OrdersRoute() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const { current } = useOrganizations();
  const state = address.get("status");
  const isFailed = state === REFUND_FAILED;
  const filter = {
    eventId: address.get("event"),
    status: isFailed ? null : state,
    refund: isFailed ? "FAILED" : null,
    q: address.get("q"),
  };
  const orders = useInfiniteQuery(soldOrdersQuery(current?.organizationId, filter));
  const events = useQuery(eventNamesQuery(current?.organizationId));
  usePageTitle(t("org.orders.title"));
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(address);
    if (value === "") next.delete(name);
    else next.set(name, value);
    setAddress(next, { replace: true });
  };
  const found = useMemo(() => orders.data?.pages.flatMap((page) => page.orders) ?? [], [orders.data]);
  const reachEnd = useStable(() => {
    if (orders.hasNextPage && !orders.isFetching) void orders.fetchNextPage();
  });
  const nameOf = (eventId: string) => events.data?.find(({ id }) => id === eventId)?.name;
  // A link to one order finds it wherever it lies in the list.
  const wanted = address.get("order");
  const listed = found.find(({ orderId }) => orderId === wanted);
  const alone = useInfiniteQuery({
    ...soldOrdersQuery(current?.organizationId, { eventId: null, status: null, refund: null, q: wanted }),
    enabled: current !== undefined && wanted !== null && listed === undefined && !orders.isPending,
  });
  const opened = listed ?? alone.data?.pages[0]?.orders.find(({ orderId }) => orderId === wanted);
  return (
    <main className="org-main" id="main">
      <h1 className="shout text-[26px]">{t("org.orders.title")}</h1>
      <div className="org-pair">
        <SearchField
          id="orders-q"
          label={t("org.orders.search")}
          value={filter.q ?? ""}
          search={(words) => set("q", words)}
        />
        <div className="field">
          <label htmlFor="orders-event">{t("org.orders.event")}</label>
          <select
            id="orders-event"
            className="input"
            value={filter.eventId ?? ""}
            onChange={({ target }) => set("event", target.value)}
          >
            <option value="">{t("org.orders.all")}</option>
            {(events.data ?? []).map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor="orders-status">{t("org.orders.state")}</label>
          <select
            id="orders-status"
            className="input"
            value={state ?? ""}
            onChange={({ target }) => set("status", target.value)}
          >
            <option value="">{t("org.orders.all")}</option>
            {STATUSES.map((status) => (
              <option key={status} value={status}>
                {t(`org.order.${status}`)}
              </option>
            ))}
            <option value={REFUND_FAILED}>{t("org.orders.refundFailed")}</option>
          </select>
        </div>
      </div>
      {current !== undefined && orders.isSuccess && (
        <FileButtons
          files={[
            {
              path: `/organizations/${current.organizationId}/orders/export.csv?${soughtOf(filter)}`,
              name: `${t("org.orders.title")}.csv`,
              type: FILE_TYPES.csv,
              words: t("org.orders.file"),
            },
          ]}
        />
      )}
      {orders.isError && (
        <LoadError error={orders.error} what={t("org.error.orders")} retry={() => void orders.refetch()} />
      )}
      {orders.isPending && <div className="sk h-24" aria-busy="true" />}
      {orders.data && found.length === 0 && (
        <div className="card">
          <Panel icon="list" title={t("org.orders.none")} />
        </div>
      )}
      {found.length > 0 && (
        <div className="card">
          <LongList
            items={found}
            height={ROW_PX}
            label={t("org.orders.title")}
            keyOf={({ orderId }) => orderId}
            isWhole={!orders.hasNextPage}
            reachEnd={reachEnd}
          >
            {(order) => (
              <Row order={order} name={nameOf(order.eventId)} open={() => set("order", order.orderId)} />
            )}
          </LongList>
        </div>
      )}
      {opened !== undefined && (
        <Drawer
          title={opened.buyer.fullName ?? opened.buyer.email ?? t("org.orders.nobody")}
          closing={t("org.keys.close")}
          close={() => set("order", "")}
        >
          <OrderDetail order={opened} />
        </Drawer>
      )}
    </main>
  );
}

function Row({ order, name, open }: { order: SoldOrder; name: string | undefined; open: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <button type="button" className="org-event org-row" aria-haspopup="dialog" onClick={open}>
      <span className="min-w-0">
        <b className="trunc block">{order.buyer.fullName ?? order.buyer.email ?? t("org.orders.nobody")}</b>
        <span className="s13 muted num trunc block">
          {format.when(order.createdAt)} · {name} · {t("org.orders.places", { count: order.tickets.length })}
        </span>
      </span>
      <span className="text-right">
        <b className="num block">{format.money(order.total, order.currency)}</b>
        <span className="s13 muted">{t(`org.order.${order.status}`)}</span>
      </span>
    </button>
  );
}
