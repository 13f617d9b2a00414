import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { newsQuery } from "@/shared/api/news";
import { NewsTick } from "@/shared/ui/news-tick";
import { LoadError } from "@/shared/ui/states";

/** Whose news one wants: nobody's before one has said so, and no longer than one wants. */
export function NewsChoice() {
  const { t } = useTranslation();
  const news = useQuery(newsQuery);
  return (
    <section className="card pad stack mt-4" aria-label={t("account.news.title")}>
      <h2 className="h3">{t("account.news.title")}</h2>
      <p className="muted">{t("account.news.text")}</p>
      {news.isError && (
        <LoadError error={news.error} what={t("account.error")} retry={() => void news.refetch()} />
      )}
      {news.data?.length === 0 && <p>{t("account.news.none")}</p>}
      {news.data?.map((one) => (
        <NewsTick key={one.organizationId} news={one}>
          {one.organizationName}
        </NewsTick>
      ))}
    </section>
  );
}
