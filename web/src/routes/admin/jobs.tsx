import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { failedJobsQuery, retryJob } from "@/features/admin/api";
import { StuckRows } from "@/features/admin/stuck-rows";
import type { FailedJob } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { LoadError, Note, Panel } from "@/shared/ui/states";
import { AdminPage } from "./page";

/** What used up its tries and waits for a person. */
export function JobsRoute() {
  const { t } = useTranslation();
  const jobs = useQuery(failedJobsQuery);
  return (
    <AdminPage name="jobs">
      <p className="muted set-lead">{t("adm.jobs.text")}</p>
      {jobs.isError && (
        <LoadError error={jobs.error} what={t("adm.error.jobs")} retry={() => void jobs.refetch()} />
      )}
      {jobs.isPending && <div className="sk h-24" aria-busy="true" />}
      {jobs.data?.length === 0 && (
        <div className="card">
          <Panel icon="check" title={t("adm.jobs.none")} />
        </div>
      )}
      {jobs.data !== undefined && jobs.data.length > 0 && (
        <ul className="card org-list" aria-label={t("adm.page.jobs")}>
          {jobs.data.map((job) => (
            <Line key={job.jobId} job={job} />
          ))}
        </ul>
      )}
      <StuckRows />
    </AdminPage>
  );
}

function Line({ job }: { job: FailedJob }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const retry = useMutation({
    mutationFn: () => retryJob(job.jobId),
    onSettled: () => client.invalidateQueries({ queryKey: failedJobsQuery.queryKey }),
  });
  return (
    <li className="p-4 stack">
      <div className="row flex-wrap">
        <b className="mono grow set-url">{job.name}</b>
        <span className="num muted s13">{format.when(job.failedAt)}</span>
        <button
          type="button"
          className="btn btn-line btn-sm"
          aria-label={t("adm.jobs.retryOf", { name: job.name, id: job.jobId })}
          disabled={retry.isPending}
          onClick={() => retry.mutate()}
        >
          <Icon name="refresh" className="i-s" />
          {t("adm.jobs.retry")}
        </button>
      </div>
      <p className="s13 mono set-url">{job.why}</p>
      {retry.isError && <Note tone="no" title={t("adm.jobs.notRetried")} live />}
    </li>
  );
}
