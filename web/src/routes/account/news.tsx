import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { newsMutation, newsQuery } from "@/features/auth/account-api";
import { FormError } from "@/shared/ui/form-error";
import { LoadError } from "@/shared/ui/states";

/** Whose news one wants: nobody's before one has said so, and no longer than one wants. */
export function NewsChoice() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const news = useQuery(newsQuery);
  const save = useMutation({
    ...newsMutation,
    onSettled: () => client.invalidateQueries({ queryKey: newsQuery.queryKey }),
  });
  const isWanted = (organizationId: string, agreed: boolean) =>
    save.isPending && save.variables.organizationId === organizationId ? save.variables.agreed : agreed;
  return (
    <section className="card pad stack mt-4" aria-label={t("account.news.title")}>
      <h2 className="h3">{t("account.news.title")}</h2>
      <p className="muted">{t("account.news.text")}</p>
      {news.isError && (
        <LoadError error={news.error} what={t("account.error")} retry={() => void news.refetch()} />
      )}
      <FormError error={save.error} />
      {news.data?.length === 0 && <p>{t("account.news.none")}</p>}
      {news.data?.map(({ organizationId, organizationName, agreed }) => (
        <label key={organizationId} className="tick-box">
          <input
            type="checkbox"
            checked={isWanted(organizationId, agreed)}
            disabled={save.isPending}
            onChange={({ target }) => save.mutate({ organizationId, agreed: target.checked })}
          />
          {organizationName}
        </label>
      ))}
    </section>
  );
}
