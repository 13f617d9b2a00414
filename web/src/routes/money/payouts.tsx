import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { payoutsQuery } from "@/features/money/api";
import type { Payout } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { PayoutPill } from "@/shared/ui/payout-pill";
import { Listed } from "./listed";

/** What failed or was called off arrives at no time. */
const ARRIVAL: Partial<Record<string, "money.arrived" | "money.expected">> = {
  paid: "money.arrived",
  pending: "money.expected",
  in_transit: "money.expected",
};

/** What reached the bank, and when: of each payout the part that is this organization's. */
export function Payouts({ organizationId }: { organizationId: string }) {
  const { t } = useTranslation();
  const payouts = useInfiniteQuery(payoutsQuery(organizationId));
  const lines = payouts.data?.pages.flatMap((page) => page.lines) ?? [];
  return (
    <Listed
      title={t("money.payouts")}
      text={t("money.payoutsText")}
      none={t("money.noPayouts")}
      failed={t("money.error.payouts")}
      query={payouts}
      items={lines}
      heights={{ phone: 128, wide: 92 }}
      keyOf={({ payoutId }) => payoutId}
    >
      {(payout) => <PayoutLine payout={payout} />}
    </Listed>
  );
}

function PayoutLine({ payout }: { payout: Payout }) {
  const { t } = useTranslation();
  const format = useFormat();
  const word = ARRIVAL[payout.status];
  const cash = (minor: number) => format.money(minor, payout.currency);
  return (
    <div className="money-line">
      <b className="num">{cash(payout.amount)}</b>
      <span className="s13 muted num">
        <span className="block">
          {t("money.payoutOf", {
            count: payout.payments,
            n: format.number(payout.payments),
            gross: cash(payout.gross),
            fees: cash(payout.fees),
          })}
        </span>
        <span className="block">
          {word !== undefined && `${t(word, { when: format.date(payout.arrivesAt) })} · `}
          <span className="mono">{payout.payoutId}</span>
        </span>
      </span>
      <PayoutPill status={payout.status} />
    </div>
  );
}
