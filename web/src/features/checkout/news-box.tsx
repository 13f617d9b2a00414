import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { newsQuery } from "@/shared/api/news";
import { NewsTick } from "@/shared/ui/news-tick";

/** Whether one wants to hear from who sells: not ticked before one has said so, and not needed to pay. */
export function NewsBox({ organizationId }: { organizationId: string }) {
  const { t } = useTranslation();
  const news = useQuery(newsQuery).data?.find((one) => one.organizationId === organizationId);
  if (news === undefined) return null;
  return (
    <div className="card pad stack">
      <NewsTick news={news}>{t("newsBox.wish", { organizer: news.organizationName })}</NewsTick>
      <p className="s13 muted">{t("newsBox.means")}</p>
    </div>
  );
}
