import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { AttemptKeys } from "@/shared/api/attempt-key";
import { chartQuery } from "@/shared/api/catalog";
import type { NewCampaign } from "@/shared/api/contract";
import { Field } from "@/shared/ui/field";
import { Note } from "@/shared/ui/states";
import { campaignsQuery, ownEventQuery, writeCampaign } from "./api";

const attempts = new AttemptKeys();
const PLACE = ["venue", "address", "city"] as const;
const NOWHERE = { venue: "", address: "", city: "" };
const SEGMENTS = ["HOLDERS", "NOT_SCANNED", "SECTION"] as const;
const CHANNELS = ["EMAIL", "SMS"] as const;

/** A message that is written; sent it is only once it was counted and approved. */
export function WriteMessage({ eventId }: { eventId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [kind, setKind] = useState<"gate" | "place" | "news">("gate");
  const [search] = useSearchParams();
  const asked = SEGMENTS.find((each) => each === search.get("segment"));
  const [segment, setSegment] = useState<(typeof SEGMENTS)[number]>(asked ?? "HOLDERS");
  const [section, setSection] = useState("");
  const [channels, setChannels] = useState<readonly (typeof CHANNELS)[number][]>(["EMAIL"]);
  const event = useQuery(ownEventQuery(eventId)).data;
  const chart = useQuery(chartQuery(event && { venueId: event.venueId, chartId: event.chartId }));
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
  const isSaid = {
    gate: gate.trim() !== "",
    place: PLACE.every((each) => place[each].trim() !== ""),
    news: title.trim() !== "" && text.trim() !== "",
  }[kind];
  const isReady = isSaid && channels.length > 0 && (segment !== "SECTION" || section !== "");
  const submit = (submitted: FormEvent) => {
    submitted.preventDefault();
    if (!isReady) return;
    const whom = segment === "SECTION" ? { kind: segment, sectionId: section } : { kind: segment };
    const said = {
      gate: { template: "gate_changed", gate },
      place: { template: "event_moved", place },
      news: { title, text },
    }[kind];
    write.mutate({ segment: whom, channels: [...channels], ...said } as NewCampaign);
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
        {segment === "SECTION" && (
          <div className="field">
            <label htmlFor="message-section">{t("org.messages.section")}</label>
            <select
              id="message-section"
              className="input"
              value={section}
              onChange={({ target }) => setSection(target.value)}
            >
              <option value="">–</option>
              {(chart.data?.sections ?? []).map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </div>
        )}
      </div>
      <fieldset className="row flex-wrap border-0 p-0 m-0 gap-4">
        <legend className="label mb-2">{t("org.messages.how")}</legend>
        {CHANNELS.map((channel) => (
          <label key={channel} className="row min-h-11">
            <input
              type="checkbox"
              className="w-5 h-5"
              checked={channels.includes(channel)}
              onChange={() =>
                setChannels(CHANNELS.filter((each) => (each === channel) !== channels.includes(each)))
              }
            />
            {t(`org.messages.by.${channel}`)}
          </label>
        ))}
      </fieldset>
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
