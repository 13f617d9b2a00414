import { useTranslation } from "react-i18next";
import type { OrderResponse } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { PromoCode } from "@/shared/ui/promo-code";
import { ErrorCode, Note } from "@/shared/ui/states";

/** A promo code for places that are held already, and what it saves. */
export function Saving({
  order,
  code,
  error,
  change,
}: {
  order: OrderResponse;
  /** The code as it was typed here; an order does not say which it has. */
  code: string | null;
  error: unknown;
  change: (code: string | null) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const isRefused = error instanceof ApiError;
  return (
    <div className="grid gap-2.5">
      {isRefused && (
        <Note
          tone={error.status === 0 ? "off" : "no"}
          title={t(error.code === "PROMO001" ? "saving.refused" : "saving.other")}
          live
        >
          {error.code !== "PROMO001" && <ErrorCode error={error} />}
        </Note>
      )}
      <div className="row between flex-wrap">
        <PromoCode code={order.discount > 0 ? (code ?? t("saving.code")) : null} change={change} />
        <b className="num text-ok" role="status">
          {order.discount > 0 && t("saving.saved", { saved: format.money(order.discount, order.currency) })}
        </b>
      </div>
    </div>
  );
}
