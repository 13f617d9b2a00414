import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { standingQuery } from "@/features/admin/api";
import type { Standing } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { LoadError, Note } from "@/shared/ui/states";
import { useNamed } from "@/shared/ui/use-named";
import { AdminPage } from "./page";

/** A worker that keeps up takes what is due within a second. */
const BEHIND_SECONDS = 60;

/** What runs, in which versions, and what waits. */
export function HealthRoute() {
  const { t } = useTranslation();
  const standing = useQuery(standingQuery);
  return (
    <AdminPage name="health">
      {standing.isError && (
        <LoadError
          error={standing.error}
          what={t("adm.error.health")}
          retry={() => void standing.refetch()}
        />
      )}
      {standing.isPending && <div className="sk h-24" aria-busy="true" />}
      {standing.data !== undefined && <Stands standing={standing.data} />}
    </AdminPage>
  );
}

function Stands({ standing }: { standing: Standing }) {
  const { t } = useTranslation();
  const format = useFormat();
  const named = useNamed();
  const stuck = standing.due.reduce((sum, each) => sum + each.stuck, 0);
  const behind = standing.due.filter(({ oldestSeconds }) => oldestSeconds > BEHIND_SECONDS);
  const givenUp = standing.programs.filter(({ isGivenUp }) => isGivenUp).map(({ name }) => name);
  const tiles = [
    ["workers", standing.workers],
    ["queued", standing.queued],
    ["failed", standing.failed],
    ["stuck", stuck],
  ] as const;
  return (
    <>
      {standing.workers === 0 && (
        <Note tone="no" title={t("adm.health.noWorker")}>
          <p>{t("adm.health.noWorkerText")}</p>
        </Note>
      )}
      {givenUp.length > 0 && (
        <Note tone="no" title={t("adm.health.givenUp", { names: givenUp.join(", ") })}>
          <p>{t("adm.health.givenUpText")}</p>
        </Note>
      )}
      {behind.length > 0 && standing.workers > 0 && (
        <Note
          tone="warn"
          title={t("adm.health.behind", {
            kinds: behind.map(({ kind }) => named(`adm.due.${kind}`, kind)).join(", "),
          })}
        />
      )}
      {(standing.failed > 0 || stuck > 0) && (
        <Note tone="warn" title={t("adm.health.person")}>
          <Link className="btn btn-line btn-sm mt-3" to="/admin/jobs">
            {t("adm.page.jobs")}
          </Link>
        </Note>
      )}
      <dl className="org-tiles adm-tiles">
        {tiles.map(([name, value]) => (
          <div key={name} className="card org-tile">
            <dt>{t(`adm.health.${name}`)}</dt>
            <dd className="score">{format.number(value)}</dd>
          </div>
        ))}
      </dl>
      <section className="card pad stack" aria-labelledby="engines">
        <h2 className="h3" id="engines">
          {t("adm.health.engines")}
        </h2>
        <ul className="org-list">
          {standing.engines.map(({ name, version }) => (
            <li key={name} className="row py-2">
              <span className="grow">{name}</span>
              <span className="num muted">{version}</span>
              <span className={version === null ? "pill pill-no" : "pill pill-ok"}>
                <Icon name={version === null ? "x" : "check"} className="i-s" />
                {t(version === null ? "adm.health.away" : "adm.health.up")}
              </span>
            </li>
          ))}
        </ul>
        {standing.programs.length > 0 && <Programs programs={standing.programs} />}
        <p className="s13 muted num">
          {t("adm.health.versions", {
            version: standing.version,
            python: standing.python,
            schema: standing.schemaVersion,
          })}
        </p>
      </section>
      <section className="card pad">
        <h2 className="h3" id="due">
          {t("adm.health.due")}
        </h2>
        <div className="adm-due">
          <table className="org-table">
            <thead>
              <tr>
                <th scope="col">{t("adm.health.kind")}</th>
                <th scope="col" className="n">
                  {t("adm.health.dueNow")}
                </th>
                <th scope="col" className="n">
                  {t("adm.health.oldest")}
                </th>
                <th scope="col" className="n adm-wide">
                  {t("adm.health.taken")}
                </th>
                <th scope="col" className="n">
                  {t("adm.health.stuck")}
                </th>
              </tr>
            </thead>
            <tbody>
              {standing.due.map((each) => (
                <tr key={each.kind}>
                  <th scope="row">{named(`adm.due.${each.kind}`, each.kind)}</th>
                  <td className="n">{format.number(each.due)}</td>
                  <td className="n">
                    {t("adm.health.seconds", { n: format.number(Math.round(each.oldestSeconds)) })}
                  </td>
                  <td className="n adm-wide">{format.number(each.taken)}</td>
                  <td className="n">{format.number(each.stuck)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}

/** Of the host that answered: what its supervisor keeps, and whom it only tries now and then. */
function Programs({ programs }: { programs: Standing["programs"] }) {
  const { t } = useTranslation();
  return (
    <ul className="org-list" aria-label={t("adm.health.programs")}>
      {programs.map(({ name, isGivenUp }) => (
        <li key={name} className="row py-2">
          <span className="grow">{name}</span>
          <span className={isGivenUp ? "pill pill-no" : "pill pill-ok"}>
            <Icon name={isGivenUp ? "x" : "check"} className="i-s" />
            {t(isGivenUp ? "adm.health.tried" : "adm.health.kept")}
          </span>
        </li>
      ))}
    </ul>
  );
}
