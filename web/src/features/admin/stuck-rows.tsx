import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Standing } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { LoadError, Note } from "@/shared/ui/states";
import { useNamed } from "@/shared/ui/use-named";
import { decideDue, standingQuery } from "./api";

type Stuck = Standing["due"][number]["stuckRows"][number];

/** Rows of due work (a charge, a mail, a delivery) that a person has to decide on. */
export function StuckRows() {
  const { t } = useTranslation();
  const standing = useQuery(standingQuery);
  const stuck = (standing.data?.due ?? []).flatMap(({ kind, stuckRows }) =>
    stuckRows.map((row) => ({ kind, row })),
  );
  return (
    <section className="stack" aria-labelledby="stuck">
      <div>
        <h2 className="h3" id="stuck">
          {t("adm.stuck.title")}
        </h2>
        <p className="s13 muted">{t("adm.stuck.text")}</p>
      </div>
      {standing.isError && (
        <LoadError
          error={standing.error}
          what={t("adm.error.health")}
          retry={() => void standing.refetch()}
        />
      )}
      {standing.isSuccess && stuck.length === 0 && <p className="s13">{t("adm.stuck.none")}</p>}
      {stuck.length > 0 && (
        <ul className="card org-list" aria-label={t("adm.stuck.title")}>
          {stuck.map(({ kind, row }) => (
            <Line key={`${kind}/${row.key}`} kind={kind} row={row} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Line({ kind, row }: { kind: string; row: Stuck }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const named = useNamed();
  const decide = useMutation({
    mutationFn: (deed: "RETRY" | "DISMISS") => decideDue({ kind, key: row.key, deed }),
    onSettled: () => client.invalidateQueries({ queryKey: standingQuery.queryKey }),
  });
  return (
    <li className="p-4 stack">
      <div className="row flex-wrap">
        <b className="grow set-url">{named(`adm.due.${kind}`, kind)}</b>
        <span className="num muted s13">{format.when(row.at)}</span>
      </div>
      <p className="s13 mono set-url">
        {row.key} · {row.why}
      </p>
      <div className="row flex-wrap">
        <button
          type="button"
          className="btn btn-line btn-sm"
          aria-label={t("adm.stuck.retryOf", { key: row.key })}
          disabled={decide.isPending}
          onClick={() => decide.mutate("RETRY")}
        >
          {t("adm.jobs.retry")}
        </button>
        <button
          type="button"
          className="btn btn-quiet btn-sm"
          aria-label={t("adm.stuck.dismissOf", { key: row.key })}
          disabled={decide.isPending}
          onClick={() => decide.mutate("DISMISS")}
        >
          {t("adm.stuck.dismiss")}
        </button>
      </div>
      {decide.isError && <Note tone="no" title={t("adm.stuck.notDone")} live />}
    </li>
  );
}
