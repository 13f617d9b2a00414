import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { failedJobsQuery, flagsQuery, setFlag } from "@/features/organizer/api";
import { codeOf } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { LoadError, Note, Panel } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { RequirePerson } from "../shell/require-person";
import "./organizer.css";

/** For who administers the platform: its switches, and what needs a person. */
export function AdminRoute() {
  return (
    <RequirePerson>
      <Platform />
    </RequirePerson>
  );
}

function Platform() {
  const { t } = useTranslation();
  const flags = useQuery(flagsQuery);
  usePageTitle(t("org.admin.title"));
  return (
    <main className="page stack" id="main">
      <h1 className="shout text-[28px]">{t("org.admin.title")}</h1>
      {codeOf(flags.error) === "AUTH004" ? (
        <div className="card">
          <Panel icon="lock" title={t("org.admin.forbidden")} />
        </div>
      ) : (
        <>
          {flags.isError && (
            <LoadError error={flags.error} what={t("org.error.flags")} retry={() => void flags.refetch()} />
          )}
          <Flags flags={flags.data?.flags ?? {}} />
          {flags.isSuccess && <Jobs />}
        </>
      )}
    </main>
  );
}

function Flags({ flags }: { flags: Record<string, boolean> }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const set = useMutation({
    mutationFn: ({ name, isOn }: { name: string; isOn: boolean }) => setFlag(name, isOn),
    onSuccess: (answer) => client.setQueryData(flagsQuery.queryKey, answer),
  });
  return (
    <section className="card pad" aria-labelledby="flags">
      <h2 className="h3" id="flags">
        {t("org.admin.flags")}
      </h2>
      <p className="s13 muted">{t("org.admin.flagsText")}</p>
      <ul className="org-list">
        {Object.entries(flags).map(([name, isOn]) => (
          <li key={name} className="row between py-2">
            <span className="mono">{name}</span>
            <button
              type="button"
              role="switch"
              className="switch"
              aria-checked={isOn}
              aria-label={name}
              disabled={set.isPending}
              onClick={() => set.mutate({ name, isOn: !isOn })}
            />
          </li>
        ))}
      </ul>
      {set.isError && <Note tone="no" title={t("org.admin.notSet")} live />}
    </section>
  );
}

function Jobs() {
  const { t } = useTranslation();
  const format = useFormat();
  const jobs = useQuery(failedJobsQuery);
  return (
    <section className="card pad" aria-labelledby="jobs">
      <h2 className="h3" id="jobs">
        {t("org.admin.jobs")}
      </h2>
      {jobs.isError && (
        <LoadError error={jobs.error} what={t("org.error.jobs")} retry={() => void jobs.refetch()} />
      )}
      {jobs.data?.length === 0 && <p className="s13 muted">{t("org.admin.noJobs")}</p>}
      {jobs.data && jobs.data.length > 0 && (
        <div className="org-scroll">
          <table className="org-table">
            <thead>
              <tr>
                <th>{t("org.admin.job")}</th>
                <th>{t("org.admin.failedAt")}</th>
                <th>{t("org.admin.why")}</th>
              </tr>
            </thead>
            <tbody>
              {jobs.data.map((job) => (
                <tr key={job.jobId}>
                  <td className="mono">{job.name}</td>
                  <td className="num">{format.when(job.failedAt)}</td>
                  <td>{job.why}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
