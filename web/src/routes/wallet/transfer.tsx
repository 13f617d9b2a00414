import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { acceptTicket } from "@/features/tickets/api";
import { codeOf } from "@/shared/api/errors";
import { Icon } from "@/shared/ui/icon";
import { Busy, LoadError, Panel } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { RequirePerson } from "../shell/require-person";

export function TransferRoute() {
  return (
    <RequirePerson>
      <Transfer />
    </RequirePerson>
  );
}

/** Where the link of the mail leads: nothing happens before somebody says yes. */
function Transfer() {
  const { t } = useTranslation();
  const { token = "" } = useParams();
  const client = useQueryClient();
  usePageTitle(t("transfer.title"));
  const take = useMutation({
    mutationFn: () => acceptTicket(token),
    onSuccess: () => client.invalidateQueries({ queryKey: ["tickets"] }),
  });
  const refused = codeOf(take.error);
  return (
    <main className="center" id="main">
      <h1 className="shout h2">{t("transfer.title")}</h1>
      {take.isSuccess && (
        <Panel icon="check" title={t("transfer.done.title")} text={t("transfer.done.text")}>
          <Link className="btn btn-solid" to={`/tickets/${take.data.ticketId}`}>
            {t("transfer.show")}
          </Link>
        </Panel>
      )}
      {refused === "TICKET001" && (
        <Panel icon="ticket" title={t("transfer.dead.title")} text={t("transfer.dead.text")} />
      )}
      {refused === "TICKET004" && (
        <Panel icon="ticket" title={t("transfer.over.title")} text={t("transfer.over.text")}>
          <Link className="btn btn-line" to="/tickets">
            {t("wallet.all")}
          </Link>
        </Panel>
      )}
      {take.isError && refused !== "TICKET001" && refused !== "TICKET004" && (
        <LoadError error={take.error} what={t("transfer.error")} retry={() => take.mutate()} />
      )}
      {!take.isSuccess && !take.isError && (
        <>
          <p>{t("transfer.text")}</p>
          <button type="button" className="btn btn-solid" onClick={() => take.mutate()}>
            {take.isPending ? (
              <Busy>{t("transfer.taking")}</Busy>
            ) : (
              <>
                <Icon name="ticket" className="i-s" />
                {t("transfer.take")}
              </>
            )}
          </button>
        </>
      )}
    </main>
  );
}
