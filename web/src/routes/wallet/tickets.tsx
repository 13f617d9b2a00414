import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type EventTickets, groupByEvent } from "@/features/tickets/groups";
import { useWallet } from "@/features/tickets/use-wallet";
import { WalletGroup } from "@/features/tickets/wallet-list";
import type { Venue } from "@/shared/api/contract";
import { serverTime } from "@/shared/api/server-clock";
import { LoadError, OfflineNote, Panel } from "@/shared/ui/states";
import { useOnline } from "@/shared/ui/use-media";
import { useMinute } from "@/shared/ui/use-now";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { RequirePerson } from "../shell/require-person";

export function TicketsRoute() {
  return (
    <RequirePerson>
      <Tickets />
    </RequirePerson>
  );
}

function Tickets() {
  const { t } = useTranslation();
  const { tickets, events, venues } = useWallet();
  const now = serverTime(useMinute());
  const isOnline = useOnline();
  usePageTitle(t("nav.tickets"));
  const groups = groupByEvent(tickets.data ?? [], events, now);
  return (
    <main className="page" id="main">
      <h1 className="shout text-[28px] lg:text-[38px]">{t("wallet.title")}</h1>
      {!isOnline && (
        <div className="mt-4">
          <OfflineNote />
        </div>
      )}
      {tickets.isPending && isOnline && <WalletSkeleton />}
      {tickets.isError && (
        <div className="mt-4">
          <LoadError error={tickets.error} what={t("wallet.error")} retry={() => void tickets.refetch()} />
        </div>
      )}
      {tickets.data?.length === 0 && (
        <div className="card mt-5">
          <Panel icon="ticket" title={t("wallet.none.title")} text={t("wallet.none.text")}>
            <Link className="btn btn-flood" to="/">
              {t("action.seeEvents")}
            </Link>
          </Panel>
        </div>
      )}
      <WalletPart title={t("wallet.coming")} groups={groups.coming} venues={venues} />
      <WalletPart title={t("wallet.past")} groups={groups.past} venues={venues} past />
    </main>
  );
}

function WalletPart({
  title,
  groups,
  venues,
  past = false,
}: {
  title: string;
  groups: EventTickets[];
  venues: ReadonlyMap<string, Venue>;
  past?: boolean;
}) {
  if (groups.length === 0) return null;
  return (
    <section aria-label={title}>
      <div className="day">
        <h2 className="shout">{title}</h2>
      </div>
      <div className="cards items-start">
        {groups.map((group) => (
          <WalletGroup key={group.eventId} group={group} venue={venues.get(group.eventId)} past={past} />
        ))}
      </div>
    </section>
  );
}

function WalletSkeleton() {
  const { t } = useTranslation();
  return (
    <div className="cards mt-5" aria-busy="true">
      <p className="sr" role="status">
        {t("wallet.loading")}
      </p>
      {[1, 2].map((n) => (
        <div className="card overflow-hidden" key={n}>
          <div className="sk h-[88px] rounded-none" />
          <div className="stack p-4">
            <div className="sk h-5 w-[80%]" />
            <div className="sk h-11" />
          </div>
        </div>
      ))}
    </div>
  );
}
