import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { organizationsQuery } from "@/features/admin/api";
import { SearchField } from "@/features/admin/search-field";
import { useFormat } from "@/shared/i18n/format";
import { LongList } from "@/shared/ui/long-list";
import { LoadError, Panel } from "@/shared/ui/states";
import { useStable } from "@/shared/ui/use-stable";
import { AdminPage } from "./page";

const ROW_PX = 64;

/** Every organization, with who owns it; each leads to its settings, where an ADMIN is an owner. */
export function OrganizationsRoute() {
  const { t } = useTranslation();
  const format = useFormat();
  const [address] = useSearchParams();
  const houses = useInfiniteQuery(organizationsQuery(address.get("q") ?? ""));
  const list = useMemo(() => houses.data?.pages.flatMap(({ items }) => items) ?? [], [houses.data]);
  const reachEnd = useStable(() => {
    if (houses.hasNextPage && !houses.isFetching) void houses.fetchNextPage();
  });
  return (
    <AdminPage name="organizations">
      <SearchField id="houses-q" label={t("adm.houses.search")} />
      {houses.isError && (
        <LoadError error={houses.error} what={t("adm.error.houses")} retry={() => void houses.refetch()} />
      )}
      {houses.isPending && <div className="sk h-24" aria-busy="true" />}
      {houses.isSuccess && list.length === 0 && (
        <div className="card">
          <Panel icon="build" title={t("adm.houses.none")} />
        </div>
      )}
      {list.length > 0 && (
        <div className="card">
          <LongList
            items={list}
            height={ROW_PX}
            label={t("adm.page.organizations")}
            keyOf={({ id }) => id}
            isWhole={!houses.hasNextPage}
            reachEnd={reachEnd}
          >
            {({ id, name, members, owners, createdAt }) => (
              <Link className="set-row no-underline" to={`/organizer/${id}/settings`}>
                <b className="trunc">{name}</b>
                <span className="num muted s13 trunc">
                  {t("adm.houses.members", { count: members, n: format.number(members) })}
                </span>
                <span className="trunc muted s13">{owners.join(", ")}</span>
                <span className="num muted s13 trunc">{format.date(createdAt)}</span>
              </Link>
            )}
          </LongList>
        </div>
      )}
    </AdminPage>
  );
}
