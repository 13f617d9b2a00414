import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import {
  authenticateMutation,
  cancelSeasonMutation,
  paySeasonMutation,
  seasonOrderKey,
} from "@/features/checkout/api";
import { CheckoutMissing, CheckoutSkeleton } from "@/features/checkout/checkout-edges";
import { NewsBox } from "@/features/checkout/news-box";
import { PayForm } from "@/features/checkout/pay-form";
import { PayHead, PayPage } from "@/features/checkout/pay-page";
import { SeasonDates } from "@/features/checkout/season-dates";
import { endedAs, laterOf, type Stage, screenOf } from "@/features/checkout/stage";
import { Sums } from "@/features/checkout/summary";
import { Terms } from "@/features/checkout/terms";
import { useSeasonOrder } from "@/features/checkout/use-season-order";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { OrderResponse, SeasonOrder } from "@/shared/api/contract";
import { meQuery } from "@/shared/api/me";
import { useFormat } from "@/shared/i18n/format";
import { useFocusHeading } from "@/shared/ui/focus-heading";
import { Icon } from "@/shared/ui/icon";
import { Panel } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { RequirePerson } from "../shell/require-person";

export function SeasonOrderRoute() {
  return (
    <RequirePerson>
      <SeasonCheckout />
    </RequirePerson>
  );
}

// Module-wide, so a remount during an unclear attempt still reuses its key.
const payments = new AttemptKeys();

function SeasonCheckout() {
  const { t } = useTranslation();
  const { seasonId = "" } = useParams();
  const client = useQueryClient();
  const { query, season, order, event, venue, deadline, stage } = useSeasonOrder(seasonId);
  useFocusHeading(stage === null ? undefined : screenOf(stage));
  usePageTitle(t("season.title"));

  const keep = (next: SeasonOrder) =>
    client.setQueryData<SeasonOrder>(seasonOrderKey(seasonId), (known) => laterOf(known, next));
  const reread = () => client.invalidateQueries({ queryKey: seasonOrderKey(seasonId) });
  const pay = useMutation({
    ...paySeasonMutation(seasonId),
    onSuccess: keep,
    onSettled: (_answer, error) => {
      payments.settle(error);
      return reread();
    },
  });
  const authenticate = useMutation({ ...authenticateMutation(seasonId), onSettled: reread });
  const cancel = useMutation({
    ...cancelSeasonMutation(seasonId),
    onSuccess: keep,
    onSettled: reread,
  });

  if (season === undefined || order === undefined || deadline === undefined || stage === null)
    return (
      <>
        <PayHead eventId={undefined} stage={null} />
        {query.isPending && <CheckoutSkeleton />}
        {query.isError && <CheckoutMissing error={query.error} retry={() => void query.refetch()} />}
      </>
    );
  return (
    <PayPage
      order={order}
      deadline={deadline}
      stage={stage}
      name={event?.name}
      cancel={cancel}
      authenticate={authenticate}
      summary={
        <aside className="card pad stack lg:col-start-2 lg:row-start-1" aria-label={t("summary.label")}>
          <div>
            <p className="eyebrow">{t("season.title")}</p>
            <h2 className="h3 wrap-anywhere">{event?.name ?? "\u00a0"}</h2>
          </div>
          <details>
            <summary className="b min-h-11 content-center">
              {t("season.all", { count: season.orders.length })}
            </summary>
            <SeasonDates orders={season.orders} venue={venue} />
          </details>
          <Sums order={order} />
        </aside>
      }
      form={(release) => (
        <PayForm
          order={order}
          deadline={deadline}
          isPaying={pay.isPending}
          isEnding={stage === "ending"}
          error={pay.error}
          readAt={query.dataUpdatedAt}
          terms={
            event && (
              <>
                <NewsBox organizationId={event.organizationId} />
                <Terms event={event} timezone={venue?.location.timezone} isFirst />
              </>
            )
          }
          pay={(token) =>
            pay.mutate({
              token,
              key: payments.keyFor([seasonId, token, order.paymentStatus, order.lastError]),
            })
          }
          release={release}
        />
      )}
    >
      {stage === "confirmed" && (
        <SeasonConfirmed order={order} name={event?.name}>
          <SeasonDates orders={season.orders} venue={venue} isPaid />
        </SeasonConfirmed>
      )}
      <SeasonOver order={order} stage={stage} event={event} seriesId={season.seriesId} />
    </PayPage>
  );
}

function SeasonConfirmed({
  order,
  name,
  children,
}: {
  order: OrderResponse;
  name: string | undefined;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const email = useQuery(meQuery).data?.email;
  const paid = format.money(order.total, order.currency);
  return (
    <main className="center wide" id="main">
      <div>
        <p className="eyebrow">{name}</p>
        <h1 className="shout text-[clamp(44px,7vw,80px)]">{t("confirmed.title")}</h1>
        <p className="muted mt-2 text-[17px]">
          {t("season.paid", { count: order.tickets.length, total: paid })}{" "}
          {email && t("confirmed.sent", { email })}
        </p>
      </div>
      {children}
      <Link className="btn btn-flood btn-lg lg:justify-self-start" to="/tickets">
        <Icon name="ticket" />
        {t("confirmed.open")}
      </Link>
    </main>
  );
}

/** A season ticket that ended without tickets: what happened, what it cost, where to go. */
function SeasonOver({
  order,
  stage,
  event,
  seriesId,
}: {
  order: OrderResponse;
  stage: Stage;
  event: { status: string } | undefined;
  seriesId: string;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const how = stage === "expired" ? "expired" : endedAs(stage, event);
  if (how === null) return null;
  const total = format.money(order.total, order.currency);
  return (
    <main className="center" id="main">
      <Panel
        icon={how === "expired" ? "clock" : "undo"}
        title={how === "expired" ? t("expired.title") : t(`over.${how}.title`)}
        text={how === "expired" ? t("expired.text") : t(`over.${how}.text`, { total })}
        level={1}
      >
        <Link className="btn btn-flood btn-lg" to={`/series/${seriesId}`}>
          {t("season.again")}
        </Link>
      </Panel>
    </main>
  );
}
