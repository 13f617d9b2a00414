import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useNavigate, useParams } from "react-router";
import { OtherWays } from "@/features/auth/other-ways";
import {
  authenticateMutation,
  cancelMutation,
  holdAgainMutation,
  leaveShop,
  orderKey,
  payMutation,
  promoMutation,
} from "@/features/checkout/api";
import { CheckoutMissing, CheckoutSkeleton } from "@/features/checkout/checkout-edges";
import { Identify } from "@/features/checkout/identify";
import { NewsBox } from "@/features/checkout/news-box";
import { Confirmed, Expired, Over } from "@/features/checkout/outcomes";
import { PayForm } from "@/features/checkout/pay-form";
import { PayHead, PayPage } from "@/features/checkout/pay-page";
import { mayWait, Questions } from "@/features/checkout/questions";
import { Saving } from "@/features/checkout/saving";
import { endedAs, laterOf, sameAgain, screenOf } from "@/features/checkout/stage";
import { SummaryCard, SummaryFold } from "@/features/checkout/summary";
import { Terms } from "@/features/checkout/terms";
import { useOrder } from "@/features/checkout/use-order";
import { useChoice, useChoices } from "@/features/event/choice";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { OrderResponse } from "@/shared/api/contract";
import { meQuery } from "@/shared/api/me";
import { useSession } from "@/shared/api/session";
import { orderAnswersQuery } from "@/shared/questions/api";
import { isAnswered, isAsked } from "@/shared/questions/draft";
import { useFocusHeading } from "@/shared/ui/focus-heading";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { useWhile } from "@/shared/ui/use-while";
import { RequirePerson } from "../shell/require-person";

export function CheckoutRoute() {
  return (
    <RequirePerson orGuest>
      <Checkout />
    </RequirePerson>
  );
}

// Module-wide, so a remount during an unclear attempt still reuses its key.
const payments = new AttemptKeys();
const holds = new AttemptKeys();

function Checkout() {
  const { t } = useTranslation();
  const { orderId = "" } = useParams();
  const client = useQueryClient();
  const navigate = useNavigate();
  const isGuest = useSession((session) => session.status === "guest");
  const me = useQuery({ ...meQuery, enabled: !isGuest });
  const { query, order, event, venue, deadline, stage } = useOrder(orderId);
  const isPaying = stage === "pay" || stage === "ending";
  const asked = useQuery({
    ...orderAnswersQuery(orderId),
    enabled: !isGuest && (isPaying || stage === "confirmed"),
  });
  const [isTold, setTold] = useState(false);
  const open = asked.data?.open === true && isAsked(asked.data.form) ? asked.data : null;
  const asking = isPaying && open !== null && !isAnswered(open) && !(isTold && mayWait(open)) ? open : null;
  useFocusHeading(stage === null ? undefined : asking !== null ? "asking" : screenOf(stage));
  usePageTitle(t("checkout.title"));

  useWhile(stage === "confirmed", () => leaveShop(order?.eventId ?? ""));
  const keep = (next: OrderResponse) =>
    client.setQueryData<OrderResponse>(orderKey(orderId), (known) => laterOf(known, next));
  const reread = () => client.invalidateQueries({ queryKey: orderKey(orderId) });
  const pay = useMutation({
    ...payMutation(orderId),
    onSuccess: keep,
    onSettled: (_answer, error) => {
      payments.settle(error);
      return reread();
    },
  });
  const { promoCode } = useChoice(order?.eventId ?? "");
  const promo = useMutation({
    ...promoMutation(orderId),
    onSuccess: (next, code) => {
      keep(next);
      useChoices.getState().change(next.eventId, { promoCode: code });
    },
  });
  const authenticate = useMutation({ ...authenticateMutation(orderId), onSettled: reread });
  const cancel = useMutation({
    ...cancelMutation(orderId),
    onSuccess: keep,
    onSettled: reread,
  });
  const again = useMutation({
    ...holdAgainMutation,
    onSuccess: (next) => {
      client.setQueryData(orderKey(next.orderId), next);
      navigate(`/checkout/${next.orderId}`, { replace: true });
    },
    onSettled: (_answer, error) => holds.settle(error),
  });

  // One date of a season ticket is neither paid nor had again alone.
  if (order?.seasonOrderId !== undefined && stage !== "confirmed")
    return <Navigate to={`/season-orders/${order.seasonOrderId}`} replace />;
  const ended = endedAs(stage, event);
  const getBack = (lost: OrderResponse) => {
    const wish = sameAgain(lost, useChoices.getState().byEvent[lost.eventId]?.promoCode ?? null);
    again.mutate({ order: wish, key: holds.keyFor([lost.orderId, wish]) });
  };
  if (order === undefined || deadline === undefined || stage === null)
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
        <>
          <SummaryFold order={order} event={event} venue={venue} />
          <SummaryCard order={order} event={event} venue={venue} />
        </>
      }
      form={(release) => (
        <>
          <Saving order={order} code={promoCode} error={promo.error} change={promo.mutate} />
          {isGuest && (
            <Identify
              done={() => void reread()}
              release={release}
              otherWays={(email) => <OtherWays email={email} done={() => void reread()} />}
            />
          )}
          {asking !== null && (
            <>
              <h1 className="shout text-[32px]">{t("questions.title")}</h1>
              <Questions
                key={me.data?.userId}
                asked={asking}
                venue={venue}
                buyer={me.data?.fullName}
                words={t("questions.go")}
                done={() => setTold(true)}
                later={() => setTold(true)}
              />
              <p className="s13 muted text-center">
                <button type="button" className="link" onClick={release}>
                  {t("pay.release")}
                </button>
              </p>
            </>
          )}
          {!isGuest && asked.isPending && <div className="sk h-48" aria-busy="true" />}
          {!isGuest && !asked.isPending && asking === null && (
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
                    <Terms event={event} timezone={venue?.location.timezone} />
                  </>
                )
              }
              pay={(token) =>
                pay.mutate({
                  token,
                  key: payments.keyFor([orderId, token, order.paymentStatus, order.lastError]),
                })
              }
              release={release}
            />
          )}
        </>
      )}
    >
      {stage === "confirmed" && (
        <Confirmed order={order} event={event} venue={venue} email={me.data?.email}>
          {open !== null && (
            <details className="stack" open={!open.complete}>
              <summary className="h2 min-h-11 content-center">
                {t(open.complete ? "questions.change" : "questions.open")}
              </summary>
              <Questions asked={open} venue={venue} words={t("questions.save")} />
            </details>
          )}
        </Confirmed>
      )}
      {stage === "expired" && (
        <Expired
          order={order}
          venue={venue}
          isBusy={again.isPending}
          error={again.error}
          again={() => getBack(order)}
        />
      )}
      {ended !== null && <Over order={order} how={ended} />}
    </PayPage>
  );
}
