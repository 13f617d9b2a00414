import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { OrderResponse } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { Busy, Note } from "@/shared/ui/states";
import { ByVendor } from "./card-entry";
import { NoForm } from "./card-field";
import { vendorQuery } from "./card-vendor";

/** The bank decides. Nothing to do here, and nothing lost by leaving. */
export function Processing({ order, name }: { order: OrderResponse; name: string | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const total = format.money(order.total, order.currency);
  return (
    <main className="center" id="main">
      <div>
        <p className="eyebrow">{name}</p>
        <h1 className="shout h1 mt-1.5">{t("processing.title")}</h1>
        <p className="muted mt-2.5 text-[17px]">{t("processing.text")}</p>
      </div>
      <ol className="card pad track" aria-label={t("processing.label")}>
        <li className="done">
          <span className="ic">
            <Icon name="check" className="i-s" />
          </span>
          <div>
            <b>{t("processing.locked")}</b>
            <p className="s13 muted">{t("summary.tickets", { count: order.tickets.length })}</p>
          </div>
        </li>
        <li className="now" aria-current="step">
          <span className="ic">
            <span className="spin" />
          </span>
          <div>
            <b>{t("processing.bank", { total })}</b>
            <p className="s13 muted">{t("processing.bankText")}</p>
          </div>
        </li>
        <li>
          <span className="ic">
            <Icon name="ticket" className="i-s" />
          </span>
          <div>
            <b className="muted">{t("processing.tickets")}</b>
          </div>
        </li>
      </ol>
      <Note tone="off" title={t("processing.note.title")}>
        <p>{t("processing.note.text")}</p>
      </Note>
    </main>
  );
}

/** The bank wants to know it is you: on the vendor's page over ours, or by two buttons in the sandbox. */
export function BankCheck({
  order,
  isBusy,
  answer,
}: {
  order: OrderResponse;
  isBusy: boolean;
  answer: (outcome: "pass" | "fail") => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <main className="center" id="main">
      <div>
        <p className="eyebrow">{t("check.eyebrow")}</p>
        <h1 className="shout h1 mt-1.5">{t("check.title")}</h1>
        <p className="muted mt-2.5 text-[17px]">
          {t("check.text", { total: format.money(order.total, order.currency) })}
        </p>
      </div>
      <ByVendor
        vendor={(key) => <VendorCheck vendorKey={key} clientSecret={order.clientSecret ?? ""} />}
        sandbox={() => <SandboxCheck isBusy={isBusy} answer={answer} />}
      />
    </main>
  );
}

function VendorCheck({ vendorKey, clientSecret }: { vendorKey: string; clientSecret: string }) {
  const { t } = useTranslation();
  const vendor = useQuery(vendorQuery(vendorKey));
  const check = useMutation({
    mutationFn: async () => vendor.data?.handleNextAction({ clientSecret }),
  });
  if (vendor.isError) return <NoForm retry={() => void vendor.refetch()} />;
  const isAway = vendor.data === undefined;
  // How it ended comes with the order, whatever this window heard of it.
  return (
    <>
      {check.data?.error && <Note tone="no" title={t("declined.check")} live />}
      <button
        type="button"
        className="btn btn-flood btn-lg"
        aria-busy={check.isPending}
        disabled={isAway || check.isPending}
        onClick={() => check.mutate()}
      >
        {check.isPending ? <Busy>{t("check.busy")}</Busy> : t("check.open")}
      </button>
    </>
  );
}

function SandboxCheck({ isBusy, answer }: { isBusy: boolean; answer: (outcome: "pass" | "fail") => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Note tone="off" title={t("check.sandbox.title")}>
        <p>{t("check.sandbox.text")}</p>
      </Note>
      <div className="row flex-wrap gap-2.5">
        <button
          type="button"
          className="btn btn-flood btn-lg flex-1"
          aria-busy={isBusy}
          disabled={isBusy}
          onClick={() => answer("pass")}
        >
          {isBusy ? <Busy>{t("check.busy")}</Busy> : t("check.pass")}
        </button>
        <button
          type="button"
          className="btn btn-line btn-lg"
          disabled={isBusy}
          onClick={() => answer("fail")}
        >
          {t("check.fail")}
        </button>
      </div>
    </>
  );
}
