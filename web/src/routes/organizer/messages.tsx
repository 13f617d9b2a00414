import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";
import { campaignsQuery, moveCampaign, writeCampaign } from "@/features/organizer/api";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { Campaign, NewCampaign } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Field } from "@/shared/ui/field";
import { LoadError, Note, Panel } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";

const attempts = new AttemptKeys();
const PLACE = ["venue", "address", "city"] as const;
const NOWHERE = { venue: "", address: "", city: "" };
const SEGMENTS = ["HOLDERS", "NOT_SCANNED"] as const;

/** What is told to those who hold tickets: written, counted and priced, then approved. */
export function MessagesRoute() {
  const { t } = useTranslation();
  const { eventId = "" } = useParams();
  const campaigns = useQuery(campaignsQuery(eventId));
  usePageTitle(t("org.messages.title"));
  return (
    <main className="org-main" id="main">
      <h1 className="shout text-[26px]">{t("org.messages.title")}</h1>
      {campaigns.isError && (
        <LoadError
          error={campaigns.error}
          what={t("org.error.messages")}
          retry={() => void campaigns.refetch()}
        />
      )}
      <Write eventId={eventId} />
      {campaigns.data?.length === 0 && (
        <div className="card">
          <Panel icon="mail" title={t("org.messages.none")} />
        </div>
      )}
      {campaigns.data && campaigns.data.length > 0 && (
        <ul className="card org-list" aria-label={t("org.messages.title")}>
          {campaigns.data.map((campaign) => (
            <Line key={campaign.campaignId} campaign={campaign} />
          ))}
        </ul>
      )}
    </main>
  );
}

function Write({ eventId }: { eventId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [kind, setKind] = useState<"gate" | "place" | "news">("gate");
  const [search] = useSearchParams();
  const asked = SEGMENTS.find((each) => each === search.get("segment"));
  const [segment, setSegment] = useState<(typeof SEGMENTS)[number]>(asked ?? "HOLDERS");
  const [gate, setGate] = useState("");
  const [place, setPlace] = useState(NOWHERE);
  const [title, setTitle] = useState("");
  const [text, setText] = useState("");
  const write = useMutation({
    mutationFn: (body: NewCampaign) => writeCampaign(eventId, body, attempts.keyFor(body)),
    onSuccess: () => {
      attempts.settle();
      setGate("");
      setPlace(NOWHERE);
      setTitle("");
      setText("");
      return client.invalidateQueries({ queryKey: campaignsQuery(eventId).queryKey });
    },
    onError: (error) => attempts.settle(error),
  });
  const isReady = {
    gate: gate.trim() !== "",
    place: PLACE.every((each) => place[each].trim() !== ""),
    news: title.trim() !== "" && text.trim() !== "",
  }[kind];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady) return;
    const said = {
      gate: { template: "gate_changed", gate },
      place: { template: "event_moved", place },
      news: { title, text },
    }[kind];
    write.mutate({ segment: { kind: segment }, channels: ["EMAIL"], ...said } as NewCampaign);
  };
  return (
    <form className="card pad stack" onSubmit={submit}>
      <div className="org-pair">
        <div className="field">
          <label htmlFor="message-kind">{t("org.messages.what")}</label>
          <select
            id="message-kind"
            className="input"
            value={kind}
            onChange={({ target }) => setKind(target.value as typeof kind)}
          >
            <option value="gate">{t("org.messages.gate")}</option>
            <option value="place">{t("org.messages.place")}</option>
            <option value="news">{t("org.messages.news")}</option>
          </select>
        </div>
        <div className="field">
          <label htmlFor="message-segment">{t("org.messages.who")}</label>
          <select
            id="message-segment"
            className="input"
            value={segment}
            onChange={({ target }) => setSegment(target.value as (typeof SEGMENTS)[number])}
          >
            {SEGMENTS.map((each) => (
              <option key={each} value={each}>
                {t(`org.segment.${each}`)}
              </option>
            ))}
          </select>
        </div>
      </div>
      {kind === "gate" && (
        <Field
          id="message-gate"
          label={t("org.messages.newGate")}
          value={gate}
          maxLength={40}
          onChange={({ target }) => setGate(target.value)}
        />
      )}
      {kind === "place" &&
        PLACE.map((each) => (
          <Field
            key={each}
            id={`message-${each}`}
            label={t(`org.messages.${each}`)}
            value={place[each]}
            maxLength={200}
            onChange={({ target }) => setPlace({ ...place, [each]: target.value })}
          />
        ))}
      {kind === "news" && (
        <>
          <Field
            id="message-title"
            label={t("org.messages.heading")}
            value={title}
            maxLength={120}
            onChange={({ target }) => setTitle(target.value)}
          />
          <div className="field">
            <label htmlFor="message-text">{t("org.messages.text")}</label>
            <textarea
              id="message-text"
              className="input"
              value={text}
              maxLength={2000}
              onChange={({ target }) => setText(target.value)}
            />
          </div>
          <p className="hint">{t("org.messages.newsHint")}</p>
        </>
      )}
      {write.isError && <Note tone="no" title={t("org.messages.failed")} live />}
      <button type="submit" className="btn btn-flood" disabled={!isReady || write.isPending}>
        {t("org.messages.prepare")}
      </button>
      <p className="hint">{t("org.messages.prepareHint")}</p>
    </form>
  );
}

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
        <span className="muted s13 num">{format.when(campaign.createdAt)}</span>
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
