import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { TicketDetails } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { Field } from "@/shared/ui/field";
import { Icon } from "@/shared/ui/icon";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { offerTicket, takeBack, transferQuery } from "./api";

/** Gives a ticket away by mail; until it is taken it stays one's own and can be taken back. */
export function SendTicket({ ticket }: { ticket: TicketDetails }) {
  const { t } = useTranslation();
  const offer = useQuery({ ...transferQuery(ticket.ticketId), enabled: ticket.status === "VALID" });
  if (ticket.status !== "VALID" || offer.data === undefined) return null;
  return (
    <section className="card pad" aria-labelledby="send">
      <h2 className="h3" id="send">
        {t("send.title")}
      </h2>
      {offer.data === null ? (
        <SendForm ticketId={ticket.ticketId} />
      ) : (
        <Waiting ticketId={ticket.ticketId} until={offer.data.expiresAt} />
      )}
    </section>
  );
}

function SendForm({ ticketId }: { ticketId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const send = useMutation({
    mutationFn: () => offerTicket(ticketId, email),
    onSuccess: (offer) => client.setQueryData(transferQuery(ticketId).queryKey, offer),
  });
  const told = send.error instanceof ApiError ? send.error : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!send.isPending) send.mutate();
  };
  return (
    <form className="mt-3 grid gap-3" onSubmit={submit} noValidate>
      <p className="s13 muted">{t("send.text")}</p>
      <Field
        id="send-email"
        label={t("send.email")}
        type="email"
        autoComplete="off"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        error={told?.field("email") === undefined ? undefined : t("send.wrong")}
      />
      {told !== undefined && told.field("email") === undefined && (
        <Refused error={told} retry={() => send.mutate()} />
      )}
      <button type="submit" className="btn btn-line" disabled={email.trim() === ""}>
        {send.isPending ? <Busy>{t("send.sending")}</Busy> : t("send.action")}
      </button>
    </form>
  );
}

function Refused({ error, retry }: { error: ApiError; retry: () => void }) {
  const { t } = useTranslation();
  if (error.code !== "CONFLICT003") return <LoadError error={error} what={t("send.error")} retry={retry} />;
  return (
    <Note tone="warn" title={t("send.unproved")} live>
      <Link className="link" to="/account">
        {t("send.prove")}
      </Link>
    </Note>
  );
}

function Waiting({ ticketId, until }: { ticketId: string; until: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const back = useMutation({
    mutationFn: () => takeBack(ticketId),
    onSettled: () => client.invalidateQueries({ queryKey: ["tickets"] }),
  });
  return (
    <div className="mt-3 grid gap-3">
      <p className="row">
        <Icon name="mail" />
        <span>{t("send.waiting", { until: format.when(until) })}</span>
      </p>
      <button type="button" className="btn btn-line" onClick={() => back.mutate()}>
        <Icon name="undo" className="i-s" />
        {t("send.back")}
      </button>
    </div>
  );
}
