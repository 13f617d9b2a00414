import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { peopleQuery } from "@/features/admin/api";
import { PersonDrawer } from "@/features/admin/person-drawer";
import { SearchField } from "@/features/admin/search-field";
import type { Person } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { LongList } from "@/shared/ui/long-list";
import { LoadError, Panel } from "@/shared/ui/states";
import { useStable } from "@/shared/ui/use-stable";
import { AdminPage } from "./page";

const ROW_PX = 64;

/** Everybody with an account; found by name and e-mail. */
export function PeopleRoute() {
  const { t } = useTranslation();
  const format = useFormat();
  const [address] = useSearchParams();
  const people = useInfiniteQuery(peopleQuery(address.get("q") ?? ""));
  const list = useMemo(() => people.data?.pages.flatMap(({ items }) => items) ?? [], [people.data]);
  const [openId, setOpen] = useState<string | null>(null);
  const open = list.find(({ userId }) => userId === openId);
  const total = people.data?.pages[0]?.total;
  const reachEnd = useStable(() => {
    if (people.hasNextPage && !people.isFetching) void people.fetchNextPage();
  });
  return (
    <AdminPage name="people">
      <SearchField id="people-q" label={t("adm.people.search")} />
      {total !== undefined && (
        <p className="s13 muted num" role="status">
          {t("adm.people.count", { count: total, n: format.number(total) })}
        </p>
      )}
      {people.isError && (
        <LoadError error={people.error} what={t("adm.error.people")} retry={() => void people.refetch()} />
      )}
      {people.isPending && <div className="sk h-24" aria-busy="true" />}
      {people.isSuccess && list.length === 0 && (
        <div className="card">
          <Panel icon="users" title={t("adm.people.none")} />
        </div>
      )}
      {list.length > 0 && (
        <div className="card">
          <LongList
            items={list}
            height={ROW_PX}
            label={t("adm.page.people")}
            keyOf={({ userId }) => userId}
            isWhole={!people.hasNextPage}
            reachEnd={reachEnd}
          >
            {(person) => <Row person={person} open={() => setOpen(person.userId)} />}
          </LongList>
        </div>
      )}
      {open !== undefined && <PersonDrawer person={open} close={() => setOpen(null)} />}
    </AdminPage>
  );
}

function Row({ person, open }: { person: Person; open: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <button type="button" className="set-row" aria-haspopup="dialog" onClick={open}>
      <b className="trunc">{person.fullName}</b>
      <span>
        {person.disabled ? (
          <span className="pill pill-no">{t("adm.people.disabled")}</span>
        ) : person.roles.includes("ADMIN") ? (
          <span className="pill pill-info">{t("adm.people.admin")}</span>
        ) : null}
      </span>
      <span className="trunc muted s13">{person.email}</span>
      <span className="num muted s13 trunc">{format.date(person.createdAt)}</span>
    </button>
  );
}
