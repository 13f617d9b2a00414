import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { TicketDetails } from "@/shared/api/contract";
import { AskTwice } from "@/shared/ui/ask-twice";
import { LoadError, Note } from "@/shared/ui/states";
import { reissueTicket, ticketsQuery } from "./api";

const attempts = new AttemptKeys();

/** For who lost a paper or a phone: whatever shows this ticket elsewhere opens nothing any more. */
export function NewCodes({ ticket }: { ticket: TicketDetails }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { ticketId } = ticket;
  const reissue = useMutation({
    mutationFn: (_: null) => reissueTicket(ticketId, attempts.keyFor(ticketId)),
    onSuccess: () => {
      attempts.settle();
      return client.invalidateQueries({ queryKey: ticketsQuery.queryKey });
    },
    onError: (error) => attempts.settle(error),
  });
  if (ticket.status !== "VALID") return null;
  return (
    <section className="card pad stack" aria-labelledby="new-codes">
      <h2 className="h3" id="new-codes">
        {t("newCodes.title")}
      </h2>
      <p className="s13 muted">{t("newCodes.text")}</p>
      <AskTwice
        words={t("newCodes.action")}
        label={t("newCodes.action")}
        means={t("newCodes.means")}
        isBusy={reissue.isPending}
        act={() => reissue.mutate(null)}
      />
      {reissue.isSuccess && <Note tone="ok" title={t("newCodes.done")} live />}
      {reissue.isError && (
        <LoadError error={reissue.error} what={t("newCodes.error")} retry={() => reissue.mutate(null)} />
      )}
    </section>
  );
}
