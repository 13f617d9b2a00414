import { useQuery } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Busy, Note } from "@/shared/ui/states";
import { type CardElement, vendorQuery } from "./card-vendor";

export interface TakenCard {
  /** Asks the vendor for the card's name; null where it said why not. */
  take: () => Promise<string | null>;
}

/** The vendor's own field: the number of the card never comes near us. */
export function CardField({
  vendorKey,
  ready,
}: {
  vendorKey: string;
  ready: (card: TakenCard | null) => void;
}) {
  const { t, i18n } = useTranslation();
  const vendor = useQuery(vendorQuery(vendorKey));
  const [fault, setFault] = useState<string | null>(null);
  const field = useRef<CardElement | null>(null);
  const stripe = vendor.data;
  const mount = useCallback(
    (where: HTMLDivElement | null) => {
      if (where === null || stripe === undefined) {
        field.current?.unmount();
        field.current = null;
        return;
      }
      const ink = getComputedStyle(where);
      const card = stripe.elements({ locale: i18n.language }).create("card", {
        style: { base: { color: ink.color, fontSize: "16px", fontFamily: ink.fontFamily } },
      });
      card.on("change", (change) => {
        setFault(change.error?.message ?? null);
        ready(change.complete ? { take } : null);
      });
      const take = async () => {
        const made = await stripe.createPaymentMethod({ type: "card", card });
        if (made.paymentMethod !== undefined) return made.paymentMethod.id;
        setFault(made.error?.message ?? t("pay.refused.title"));
        return null;
      };
      card.mount(where);
      field.current = card;
    },
    [stripe, i18n.language, ready, t],
  );
  if (vendor.isError) return <NoForm retry={() => void vendor.refetch()} />;
  return (
    <div className="stack gap-2">
      <p className="label" id="card-field">
        {t("pay.yourCard")}
      </p>
      {stripe === undefined && <Busy>{t("pay.loadingForm")}</Busy>}
      <div className="opt opt-plain" role="group" aria-labelledby="card-field" hidden={stripe === undefined}>
        <div className="w-full py-1" ref={mount} />
      </div>
      {fault !== null && (
        <p className="s13" role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}

/** What takes the card did not come. */
export function NoForm({ retry }: { retry: () => void }) {
  const { t } = useTranslation();
  return (
    <Note tone="no" title={t("pay.noForm.title")} live>
      <button type="button" className="link" onClick={retry}>
        {t("pay.noForm.again")}
      </button>
    </Note>
  );
}
