import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { OrderResponse } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { Busy, ErrorCode, Note } from "@/shared/ui/states";
import { useClock } from "@/shared/ui/use-now";
import { CardEntry } from "./card-entry";
import type { TakenCard } from "./card-field";
import { type Deadline, leftOf } from "./clock";

/** The card, what is agreed to, and the one button. */
export function PayForm({
  order,
  deadline,
  isPaying,
  isEnding,
  error,
  readAt,
  terms,
  pay,
  release,
}: {
  order: OrderResponse;
  deadline: Deadline;
  isPaying: boolean;
  isEnding: boolean;
  error: unknown;
  /** When the order was last read, by this machine's clock. */
  readAt: number;
  /** What is agreed to by paying. */
  terms: ReactNode;
  pay: (token: string) => void;
  release: () => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const [card, setCard] = useState<TakenCard | null>(null);
  const [isTaking, setTaking] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isPaying || isEnding || isTaking || card === null) return;
    setTaking(true);
    const taken = await card.take().finally(() => setTaking(false));
    if (taken !== null) pay(taken);
  };
  return (
    <form className="pay" aria-label={t("pay.form")} noValidate onSubmit={(event) => void submit(event)}>
      <h1 className="shout text-[32px] max-lg:sr-only">{t("pay.title")}</h1>
      <Declined order={order} deadline={deadline} />
      <PayError error={error} readAt={readAt} />
      <CardEntry ready={setCard} />
      <div className="foot-pay">
        <button
          type="submit"
          className="btn btn-flood btn-lg btn-block num"
          aria-busy={isPaying || isTaking}
          disabled={isEnding || card === null}
        >
          {isPaying || isEnding || isTaking ? (
            <Busy>{isEnding ? t("pay.ending") : t("pay.paying")}</Busy>
          ) : (
            <>
              <Icon name="lock" />
              {t("pay.pay", { total: format.money(order.total, order.currency) })}
            </>
          )}
        </button>
      </div>
      {terms}
      <p className="s13 muted text-center">
        {t("pay.leaving", { time: format.time(order.expiresAt) })}{" "}
        <button type="button" className="link" onClick={release}>
          {t("pay.release")}
        </button>
      </p>
    </form>
  );
}

function Declined({ order, deadline }: { order: OrderResponse; deadline: Deadline }) {
  const { t } = useTranslation();
  const minutes = useClock((now) => Math.max(1, Math.floor(leftOf(deadline, now) / 60_000)));
  if (!order.lastError) return null;
  const poor = order.lastError.declineCode === "insufficient_funds";
  const check = order.lastError.declineCode?.includes("authentication") === true;
  const title = poor ? t("declined.poor") : check ? t("declined.check") : t("declined.bank");
  return (
    <Note tone="no" title={title} lead={t("declined.notCharged")} live>
      <p>{t("declined.stillYours", { count: minutes })}</p>
    </Note>
  );
}

// Past every deadline that the server has for a request of its own.
const SETTLED_MS = 20_000;

/** No answer came. The order is read again all the while: what it does not know of a moment later never reached it. */
function Unclear({ readAt }: { readAt: number }) {
  const { t } = useTranslation();
  const [since] = useState(Date.now);
  const how = readAt >= since + SETTLED_MS ? "notSent" : "unclear";
  return (
    <Note tone={how === "unclear" ? "warn" : "no"} title={t(`pay.${how}.title`)} live>
      <p>{t(`pay.${how}.text`)}</p>
    </Note>
  );
}

function PayError({ error, readAt }: { error: unknown; readAt: number }) {
  const { t } = useTranslation();
  if (!(error instanceof ApiError)) return null;
  // An order that expired or is already being paid shows its own screen as soon as it is read again.
  if (error.code === "ORDER002" || error.code === "ORDER004") return null;
  if (error.isUnclear) return <Unclear readAt={readAt} />;
  return (
    <Note tone="no" title={t("pay.refused.title")} live>
      <p>{t("pay.refused.text")}</p>
      <ErrorCode error={error} />
    </Note>
  );
}
