import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { TicketDetails } from "@/shared/api/contract";
import { saveAs } from "@/shared/ui/save-as";
import { Busy, Note } from "@/shared/ui/states";
import { applePass, googlePass, passesQuery, ticketPdf } from "./api";

/** The ticket in the wallet of the telephone itself, and on paper. */
export function PhoneWallets({ ticket }: { ticket: TicketDetails }) {
  const { t } = useTranslation();
  const { ticketId } = ticket;
  const passes = useQuery({ ...passesQuery(ticketId), enabled: ticket.status === "VALID" }).data;
  const apple = useMutation({
    mutationFn: () => applePass(ticketId),
    onSuccess: (made) => saveAs(`ticket-${ticketId}.pkpass`, made, "application/vnd.apple.pkpass"),
  });
  const google = useMutation({
    mutationFn: () => googlePass(ticketId),
    onSuccess: ({ url }) => window.location.assign(url),
  });
  const savePdf = (made: BlobPart) => saveAs(`ticket-${ticketId}.pdf`, made, "application/pdf");
  const paper = useMutation({ mutationFn: () => ticketPdf(ticketId, "a4"), onSuccess: savePdf });
  const slip = useMutation({ mutationFn: () => ticketPdf(ticketId, "phone"), onSuccess: savePdf });
  if (ticket.status !== "VALID") return null;
  const ways = [
    { name: "apple", isThere: passes?.apple === true, way: apple },
    { name: "google", isThere: passes?.google === true, way: google },
    { name: "paper", isThere: true, way: paper },
    { name: "slip", isThere: true, way: slip },
  ] as const;
  return (
    <section className="card pad" aria-labelledby="phone-wallets">
      <h2 className="h3" id="phone-wallets">
        {t("wallet.keep.title")}
      </h2>
      <div className="stack mt-3">
        {ways.map(({ name, isThere, way }) =>
          isThere ? (
            <button
              key={name}
              type="button"
              className="btn btn-line btn-block"
              disabled={way.isPending}
              onClick={() => way.mutate()}
            >
              {way.isPending ? <Busy>{t("wallet.keep.busy")}</Busy> : t(`wallet.keep.${name}`)}
            </button>
          ) : null,
        )}
        {ways.some(({ way }) => way.isError) && <Note tone="no" title={t("wallet.keep.error")} live />}
      </div>
    </section>
  );
}
