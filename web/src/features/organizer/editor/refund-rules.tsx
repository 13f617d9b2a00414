import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ArenaEvent, RefundPolicy } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { CountInput } from "@/shared/ui/count-input";
import { Icon } from "@/shared/ui/icon";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { refundPolicyQuery, setRefundPolicy } from "../api";

const TIERS_MAX = 10;
const HOURS_MAX = 24 * 366;

/** What buyers may have back without asking anybody; a manager may always give back more. */
export function RefundRules({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const policy = useQuery(refundPolicyQuery(event.id));
  return (
    <section className="card pad stack" id="refunds" aria-labelledby="refunds-title">
      <h2 className="h2 shout" id="refunds-title">
        {t("org.back.title")}
      </h2>
      {policy.isError && (
        <LoadError error={policy.error} what={t("org.back.error")} retry={() => void policy.refetch()} />
      )}
      {policy.data && <Rules event={event} kept={policy.data} />}
    </section>
  );
}

function Rules({ event, kept }: { event: ArenaEvent; kept: RefundPolicy }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [tiers, setTiers] = useState(kept.tiers);
  const save = useMutation({
    mutationFn: (body: RefundPolicy) => setRefundPolicy(event.id, body),
    onSuccess: (saved) => client.setQueryData(refundPolicyQuery(event.id).queryKey, saved),
  });
  const isChanged = JSON.stringify(tiers) !== JSON.stringify(kept.tiers);
  const set = (index: number, patch: Partial<(typeof tiers)[number]>) =>
    setTiers(tiers.map((tier, at) => (at === index ? { ...tier, ...patch } : tier)));
  return (
    <>
      <p className="muted">{t(tiers.length === 0 ? "org.back.none" : "org.back.text")}</p>
      <ul className="org-list" aria-label={t("org.back.title")}>
        {tiers.map((tier, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule is known by its place
          <li key={index} className="org-back">
            <CountInput
              id={`back-hours-${index}`}
              label={t("org.back.hours")}
              value={tier.hoursBefore}
              min={0}
              max={HOURS_MAX}
              onChange={(hoursBefore) => hoursBefore !== null && set(index, { hoursBefore })}
            />
            <CountInput
              id={`back-percent-${index}`}
              label={t("org.back.percent")}
              value={tier.percent}
              min={1}
              max={100}
              onChange={(percent) => percent !== null && set(index, { percent })}
            />
            <button
              type="button"
              className="icon-btn self-end"
              aria-label={t("org.back.drop", { share: format.percent(tier.percent * 100) })}
              onClick={() => setTiers(tiers.filter((_, at) => at !== index))}
            >
              <Icon name="x" />
            </button>
          </li>
        ))}
      </ul>
      <div className="row flex-wrap">
        <button
          type="button"
          className="btn btn-line"
          disabled={tiers.length >= TIERS_MAX}
          onClick={() => setTiers([...tiers, { hoursBefore: 72, percent: 100 }])}
        >
          <Icon name="plus" />
          {t("org.back.add")}
        </button>
        <span className="grow" />
        {isChanged && (
          <button type="button" className="btn btn-quiet" onClick={() => setTiers(kept.tiers)}>
            {t("org.back.undo")}
          </button>
        )}
        <button
          type="button"
          className="btn btn-solid"
          disabled={!isChanged || save.isPending}
          onClick={() => save.mutate({ tiers })}
        >
          {save.isPending ? <Busy>{t("org.edit.saving")}</Busy> : t("org.back.save")}
        </button>
      </div>
      {save.isError && <Note tone="no" title={t("org.edit.failed")} live />}
      {save.isSuccess && !isChanged && <Note tone="ok" title={t("org.back.saved")} live />}
    </>
  );
}
