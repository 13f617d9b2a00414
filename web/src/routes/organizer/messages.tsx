import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { campaignsQuery, moveCampaign, ownEventQuery } from "@/features/organizer/api";
import { WriteMessage } from "@/features/organizer/write-message";
import type { Campaign } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { GrowingList } from "@/shared/ui/growing-list";
import { LoadError, Note, Panel } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { useStable } from "@/shared/ui/use-stable";

/** What is told to those who hold tickets: written, counted and priced, then approved. */
export function MessagesRoute() {
  const { t } = useTranslation();
  const { eventId = "" } = useParams();
  const campaigns = useInfiniteQuery(campaignsQuery(eventId));
  const event = useQuery(ownEventQuery(eventId));
  const list = campaigns.data?.pages.flatMap(({ items }) => items) ?? [];
  const reachEnd = useStable(() => {
    if (campaigns.hasNextPage && !campaigns.isFetching && !campaigns.isError) void campaigns.fetchNextPage();
  });
  usePageTitle(t("org.messages.title"));
  return (
    <main className="org-main" id="main">
      <div>
        <p className="kicker">{event.data?.name}</p>
        <h1 className="shout text-[26px]">{t("org.messages.title")}</h1>
      </div>
      {campaigns.isError && (
        <LoadError
          error={campaigns.error}
          what={t("org.error.messages")}
          retry={() => void campaigns.refetch()}
        />
      )}
      <WriteMessage eventId={eventId} />
      {campaigns.data !== undefined && list.length === 0 && (
        <div className="card">
          <Panel icon="mail" title={t("org.messages.none")} />
        </div>
      )}
      {list.length > 0 && (
        <div className="card">
          <GrowingList label={t("org.messages.title")} isWhole={!campaigns.hasNextPage} reachEnd={reachEnd}>
            {list.map((campaign) => (
              <Line key={campaign.campaignId} campaign={campaign} />
            ))}
          </GrowingList>
        </div>
      )}
    </main>
  );
}

/** By what was told; all else is an organizer's own words. */
const WHAT: Record<string, "org.messages.gate" | "org.messages.place"> = {
  gate_changed: "org.messages.gate",
  event_moved: "org.messages.place",
};

function Line({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const move = useMutation({
    mutationFn: (how: "approve" | "stop") => moveCampaign(campaign.eventId, campaign.campaignId, how),
    onSettled: () => client.invalidateQueries({ queryKey: campaignsQuery(campaign.eventId).queryKey }),
  });
  const { count, cost, progress, status } = campaign;
  return (
    <li className="p-4 stack">
      <div className="row flex-wrap">
        <b>{t(`org.campaign.${status}`)}</b>
        <span className="muted s13 num">
          {t(WHAT[campaign.template] ?? "org.messages.news")} · {t(`org.segment.${campaign.segment.kind}`)} ·{" "}
          {format.when(campaign.createdAt)}
        </span>
        <span className="grow" />
        {status === "PENDING" && (
          <button
            type="button"
            className="btn btn-solid"
            disabled={move.isPending}
            onClick={() => move.mutate("approve")}
          >
            {t("org.messages.send", { n: format.number(count.people) })}
          </button>
        )}
        {(status === "PENDING" || status === "SENDING") && (
          <button
            type="button"
            className="btn btn-line"
            disabled={move.isPending}
            onClick={() => move.mutate("stop")}
          >
            {t("org.messages.stop")}
          </button>
        )}
      </div>
      <p className="s13 num">
        {t("org.messages.reach", {
          count: count.people,
          people: format.number(count.people),
          cost: format.money(cost.amount, cost.currency),
        })}
      </p>
      {status !== "PENDING" && (
        <p className="s13 muted num">
          {t("org.messages.progress", {
            queued: format.number(progress.queued),
            sent: format.number(progress.sent),
            delivered: format.number(progress.delivered),
            failed: format.number(progress.failed),
          })}
        </p>
      )}
      {move.isError && <Note tone="no" title={t("org.messages.failed")} live />}
    </li>
  );
}
