import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { differencesQuery, dismissDifference, wholePayoutsQuery } from "@/features/admin/api";
import type { MoneyDifference, WholePayout } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { GrowingList } from "@/shared/ui/growing-list";
import { PayoutPill } from "@/shared/ui/payout-pill";
import { LoadError, Note, Panel } from "@/shared/ui/states";
import { useNamed } from "@/shared/ui/use-named";
import { useStable } from "@/shared/ui/use-stable";
import { AdminPage } from "./page";

/** Where the card processor's books and ours say different things, and what it paid out. */
export function MoneyRoute() {
  const { t } = useTranslation();
  const differences = useInfiniteQuery(differencesQuery);
  const payouts = useInfiniteQuery(wholePayoutsQuery);
  const found = differences.data?.pages.flatMap(({ items }) => items);
  const paid = payouts.data?.pages.flatMap(({ items }) => items);
  const readOn = useStable((list: typeof differences | typeof payouts) => {
    if (list.hasNextPage && !list.isFetching && !list.isError) void list.fetchNextPage();
  });
  return (
    <AdminPage name="money">
      <p className="muted set-lead">{t("adm.money.text")}</p>
      {differences.isError && (
        <LoadError
          error={differences.error}
          what={t("adm.money.failed")}
          retry={() => void differences.refetch()}
        />
      )}
      {differences.isPending && <div className="sk h-24" aria-busy="true" />}
      {found?.length === 0 && (
        <div className="card">
          <Panel icon="check" title={t("adm.money.agrees")} />
        </div>
      )}
      {found !== undefined && found.length > 0 && (
        <div className="card">
          <GrowingList
            label={t("adm.money.differences")}
            isWhole={!differences.hasNextPage}
            reachEnd={() => readOn(differences)}
          >
            {found.map((each) => (
              <Difference key={`${each.intentId}${each.kind}`} each={each} />
            ))}
          </GrowingList>
        </div>
      )}
      <section className="card pad stack" aria-labelledby="payouts">
        <h2 className="h3" id="payouts">
          {t("adm.money.payouts")}
        </h2>
        <p className="hint">{t("adm.money.payoutsText")}</p>
        {payouts.isError && (
          <LoadError
            error={payouts.error}
            what={t("adm.money.payoutsFailed")}
            retry={() => void payouts.refetch()}
          />
        )}
        {payouts.isPending && <div className="sk h-24" aria-busy="true" />}
        {paid?.length === 0 && <p className="muted">{t("adm.money.noPayouts")}</p>}
        {paid !== undefined && paid.length > 0 && (
          <GrowingList
            label={t("adm.money.payouts")}
            isWhole={!payouts.hasNextPage}
            reachEnd={() => readOn(payouts)}
          >
            {paid.map((payout) => (
              <Line key={payout.payoutId} payout={payout} />
            ))}
          </GrowingList>
        )}
      </section>
    </AdminPage>
  );
}

function Difference({ each }: { each: MoneyDifference }) {
  const { t } = useTranslation();
  const format = useFormat();
  const named = useNamed();
  const client = useQueryClient();
  const dismiss = useMutation({
    mutationFn: () => dismissDifference({ intentId: each.intentId, kind: each.kind }),
    onSettled: () => client.invalidateQueries({ queryKey: differencesQuery.queryKey }),
  });
  return (
    <li className="p-4 stack">
      <div className="row flex-wrap">
        <b className="grow set-url">{named(`adm.found.${each.kind}`, each.kind)}</b>
        <span className="num muted s13">{format.when(each.foundAt)}</span>
      </div>
      <p className="s13 num">
        {t("adm.money.ours", { what: each.ours })} · {t("adm.money.theirs", { what: each.theirs })}
      </p>
      <p className="s13 muted set-url">
        <span className="mono">{each.intentId}</span>
        {each.orderId !== null && (
          <>
            {" · "}
            {t("adm.money.order")} <span className="mono">{each.orderId}</span>
          </>
        )}
      </p>
      <button
        type="button"
        className="btn btn-quiet btn-sm self-start"
        aria-label={`${t("adm.money.dismiss")}: ${each.intentId}`}
        disabled={dismiss.isPending}
        onClick={() => dismiss.mutate()}
      >
        {t("adm.money.dismiss")}
      </button>
      {dismiss.isError && <Note tone="no" title={t("adm.money.dismissFailed")} live />}
    </li>
  );
}

function Line({ payout }: { payout: WholePayout }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <li className="row flex-wrap py-2">
      <span className="grow min-w-0">
        <b className="block num">{format.money(payout.amount, payout.currency)}</b>
        <span className="s13 muted num block set-url">
          {format.date(payout.arrivesAt)} · <span className="mono">{payout.payoutId}</span>
        </span>
        <span className="s13 block">{t(`adm.money.check.${payout.check}`)}</span>
      </span>
      <PayoutPill status={payout.status} />
    </li>
  );
}
