import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Busy } from "@/shared/ui/states";
import { CardField, NoForm, type TakenCard } from "./card-field";
import { cardFormQuery } from "./card-vendor";
import { SandboxCard } from "./sandbox-card";

/** The vendor's card field where its key is set, the twin's where there is none, and neither until that is known. */
export const CardEntry = ({ ready }: { ready: (card: TakenCard | null) => void }) => (
  <ByVendor
    vendor={(key) => <CardField vendorKey={key} ready={ready} />}
    sandbox={() => <SandboxCard ready={ready} />}
  />
);

export function ByVendor({
  vendor,
  sandbox,
}: {
  vendor: (key: string) => ReactNode;
  sandbox: () => ReactNode;
}) {
  const { t } = useTranslation();
  const form = useQuery(cardFormQuery);
  if (form.data === undefined)
    return form.isError ? <NoForm retry={() => void form.refetch()} /> : <Busy>{t("pay.loadingForm")}</Busy>;
  const { publishableKey } = form.data;
  return publishableKey === null ? sandbox() : vendor(publishableKey);
}
