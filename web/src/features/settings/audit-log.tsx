import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import type { AuditEntry } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { LongList } from "@/shared/ui/long-list";
import { saveAs } from "@/shared/ui/save-as";
import { LoadError, Panel } from "@/shared/ui/states";
import { GuardOf } from "@/shared/ui/step-up";
import { useNamed } from "@/shared/ui/use-named";
import { useStable } from "@/shared/ui/use-stable";
import { type AuditFilter, type AuditPath, auditQuery, exportAudit } from "./audit-api";
import { AuditDetail } from "./audit-detail";

const ROW_PX = 64;

/** What was changed, by whom and from where; what is sought lies in the address. */
export function AuditLog({ path, kinds }: { path: AuditPath; kinds: readonly string[] }) {
  const { t } = useTranslation();
  const named = useNamed();
  const [address, setAddress] = useSearchParams();
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const filter: AuditFilter = {
    action: address.get("action"),
    actorId: address.get("by"),
    subjectId: address.get("of"),
    from: address.get("from"),
    to: address.get("to"),
  };
  const log = useInfiniteQuery(auditQuery(path, filter));
  const file = useMutation({
    mutationFn: (wanted: AuditFilter) => exportAudit(path, wanted),
    onSuccess: (bytes) => saveAs("audit.csv", bytes as BlobPart, "text/csv"),
  });
  const entries = useMemo(() => log.data?.pages.flatMap(({ items }) => items) ?? [], [log.data]);
  const reachEnd = useStable(() => {
    if (log.hasNextPage && !log.isFetching) void log.fetchNextPage();
  });
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(address);
    if (value === "") next.delete(name);
    else next.set(name, value);
    setAddress(next, { replace: true });
  };
  const narrowed = filter.actorId ?? filter.subjectId;
  return (
    <>
      <form
        className="org-pair"
        role="search"
        aria-label={t("set.audit.seek")}
        onSubmit={(e) => e.preventDefault()}
      >
        <div className="field">
          <label htmlFor="audit-action">{t("set.audit.what")}</label>
          <select
            id="audit-action"
            className="input"
            value={filter.action ?? ""}
            onChange={({ target }) => set("action", target.value)}
          >
            <option value="">{t("set.audit.all")}</option>
            {[...new Set([...kinds, ...(filter.action ? [filter.action] : [])])].map((kind) => (
              <option key={kind} value={kind}>
                {named(`set.kind.${kind.replace(/\.$/, "")}`, kind)}
              </option>
            ))}
          </select>
        </div>
        {(["from", "to"] as const).map((name) => (
          <div className="field" key={name}>
            <label htmlFor={`audit-${name}`}>{t(`set.audit.${name}`)}</label>
            <input
              id={`audit-${name}`}
              type="date"
              className="input"
              value={filter[name] ?? ""}
              onChange={({ target }) => set(name, target.value)}
            />
          </div>
        ))}
      </form>
      <div className="row flex-wrap">
        {narrowed !== null && (
          <button
            type="button"
            className="chip"
            aria-pressed="true"
            onClick={() => {
              const next = new URLSearchParams(address);
              next.delete("by");
              next.delete("of");
              setAddress(next, { replace: true });
            }}
          >
            {t(filter.actorId === null ? "set.audit.onlyOf" : "set.audit.onlyBy", {
              name: entries[0]?.actorName ?? narrowed.slice(0, 8),
              id: narrowed.slice(0, 8),
            })}
            <Icon name="x" className="i-s" />
            <span className="sr">{t("set.audit.clear")}</span>
          </button>
        )}
        <span className="grow" />
        <button
          type="button"
          className="btn btn-line btn-sm"
          disabled={file.isPending}
          onClick={() => file.mutate(filter)}
        >
          <Icon name="download" className="i-s" />
          {t("set.audit.file")}
        </button>
      </div>
      <GuardOf change={file} />
      {log.isError && (
        <LoadError error={log.error} what={t("set.error.audit")} retry={() => void log.refetch()} />
      )}
      {log.isPending && <div className="sk h-24" aria-busy="true" />}
      {log.isSuccess && entries.length === 0 && (
        <div className="card">
          <Panel icon="list" title={t("set.audit.none")} text={t("set.audit.noneText")} />
        </div>
      )}
      {entries.length > 0 && (
        <div className="card">
          <LongList
            items={entries}
            height={ROW_PX}
            label={t("set.audit.label")}
            keyOf={({ id }) => id}
            isWhole={!log.hasNextPage}
            reachEnd={reachEnd}
          >
            {(entry) => <Row entry={entry} open={() => setOpen(entry)} />}
          </LongList>
        </div>
      )}
      {open !== null && (
        <AuditDetail
          entry={open}
          close={() => setOpen(null)}
          seek={(name, id) => {
            setOpen(null);
            set(name, id);
          }}
        />
      )}
    </>
  );
}

function Row({ entry, open }: { entry: AuditEntry; open: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const named = useNamed();
  return (
    <button type="button" className="set-row" aria-haspopup="dialog" onClick={open}>
      <b className="trunc">{named(`set.deed.${entry.action}`, entry.action)}</b>
      <span className="trunc">
        {entry.actorName ?? t(entry.keyId === null ? "set.audit.nobody" : "set.audit.key")}
      </span>
      <span className="num muted s13 trunc">{format.when(entry.at)}</span>
      <span className="num muted s13 trunc">{entry.address ?? ""}</span>
    </button>
  );
}
