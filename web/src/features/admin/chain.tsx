import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { chainQuery } from "./api";

/** Asked for by hand: whether a line of the log was cut or changed. */
export function Chain() {
  const { t } = useTranslation();
  const format = useFormat();
  const chain = useQuery(chainQuery);
  const found = chain.data;
  return (
    <section className="card pad stack" aria-labelledby="chain">
      <div className="row flex-wrap">
        <div className="grow">
          <h2 className="h3" id="chain">
            {t("adm.chain.title")}
          </h2>
          <p className="s13 muted">{t("adm.chain.text")}</p>
        </div>
        <button
          type="button"
          className="btn btn-line"
          disabled={chain.isFetching}
          onClick={() => void chain.refetch()}
        >
          {chain.isFetching ? <Busy>{t("adm.chain.busy")}</Busy> : t("adm.chain.do")}
        </button>
      </div>
      {chain.isError && (
        <LoadError error={chain.error} what={t("adm.chain.failed")} retry={() => void chain.refetch()} />
      )}
      {found !== undefined && found.faults.length === 0 && (
        <Note
          tone="ok"
          title={t("adm.chain.whole", {
            n: format.number(found.sealed - found.after),
            of: format.number(found.sealed),
          })}
          live
        >
          {found.head !== "" && (
            <p className="s12 mono set-url">{t("adm.chain.head", { head: found.head })}</p>
          )}
        </Note>
      )}
      {found !== undefined && found.faults.length > 0 && (
        <Note tone="no" title={t("adm.chain.broken", { count: found.faults.length })} live>
          <ul>
            {found.faults.map((fault) => (
              <li key={fault} className="mono s13">
                {fault}
              </li>
            ))}
          </ul>
        </Note>
      )}
    </section>
  );
}
