import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { GateRules, Section } from "@/shared/api/contract";
import { Icon } from "@/shared/ui/icon";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { rulesQuery, saveRules } from "./api";
import { GateRows, ZoneRows } from "./rule-rows";

/** Which tickets go in where, whether one may come back, and how many a zone holds. */
export function RulesForm({ eventId, sections }: { eventId: string; sections: readonly Section[] }) {
  const { t } = useTranslation();
  const rules = useQuery(rulesQuery(eventId));
  return (
    <section className="stack gap-4" aria-labelledby="entry-rules">
      <h2 className="h3" id="entry-rules">
        {t("entry.rules.title")}
      </h2>
      {rules.isError && (
        <LoadError error={rules.error} what={t("entry.rules.error")} retry={() => void rules.refetch()} />
      )}
      {rules.isPending && <div className="sk h-40" aria-busy="true" />}
      {rules.data !== undefined && <Form eventId={eventId} sections={sections} saved={rules.data} />}
    </section>
  );
}

function Form({
  eventId,
  sections,
  saved,
}: {
  eventId: string;
  sections: readonly Section[];
  saved: GateRules;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [rules, setRules] = useState(saved);
  const change = (changes: Partial<GateRules>) => {
    save.reset();
    setRules({ ...rules, ...changes });
  };
  const save = useMutation({
    mutationFn: () => saveRules(eventId, rules),
    onSuccess: (next) => {
      client.setQueryData(rulesQuery(eventId).queryKey, next);
      setRules(next);
    },
  });
  const names = [rules.gates, rules.zones].map((rows) => rows.map(({ name }) => name.trim()));
  const isComplete = names.every((row) => row.every(Boolean) && new Set(row).size === row.length);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isComplete) save.mutate();
  };
  return (
    <form className="card pad stack gap-4" onSubmit={submit}>
      <Switch
        label={t("entry.rules.printed")}
        text={t("entry.rules.printedText")}
        isOn={rules.printedCodes}
        change={(printedCodes) => change({ printedCodes })}
      />
      <Switch
        label={t("entry.rules.reentry")}
        text={t("entry.rules.reentryText")}
        isOn={rules.reentry}
        change={(reentry) => change({ reentry })}
      />
      {rules.reentry && (
        <Passback seconds={rules.passbackSeconds} change={(passbackSeconds) => change({ passbackSeconds })} />
      )}
      <ZoneRows zones={rules.zones} change={(zones, gates) => change({ zones, gates })} gates={rules.gates} />
      <GateRows
        gates={rules.gates}
        zones={rules.zones}
        sections={sections}
        change={(gates) => change({ gates })}
      />
      {!isComplete && <Note tone="warn" title={t("entry.rules.names")} />}
      {save.isError && <Note tone="no" title={t("entry.rules.notSaved")} live />}
      <div className="row flex-wrap">
        <button type="submit" className="btn btn-solid" disabled={!isComplete || save.isPending}>
          {save.isPending ? <Busy>{t("entry.rules.saving")}</Busy> : t("entry.rules.save")}
        </button>
        {save.isSuccess && (
          <span className="row text-ok" role="status">
            <Icon name="check" className="i-s" />
            {t("entry.rules.saved")}
          </span>
        )}
      </div>
    </form>
  );
}

function Switch({
  label,
  text,
  isOn,
  change,
}: {
  label: string;
  text: string;
  isOn: boolean;
  change: (isOn: boolean) => void;
}) {
  const id = useId();
  return (
    <label className="entry-tick" htmlFor={id}>
      <input
        id={id}
        type="checkbox"
        checked={isOn}
        aria-describedby={`${id}-text`}
        onChange={(event) => change(event.target.checked)}
      />
      <span>
        <b>{label}</b>
        <br />
        <span className="s13 muted" id={`${id}-text`}>
          {text}
        </span>
      </span>
    </label>
  );
}

function Passback({ seconds, change }: { seconds: number; change: (seconds: number) => void }) {
  const { t } = useTranslation();
  return (
    <div className="field">
      <label htmlFor="passback">{t("entry.rules.passback")}</label>
      <input
        id="passback"
        className="input w-32"
        type="number"
        min={0}
        max={1440}
        value={Math.round(seconds / 60)}
        onChange={(event) => change(Math.min(1440, Math.max(0, Number(event.target.value) || 0)) * 60)}
      />
    </div>
  );
}
