import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LoadError } from "@/shared/ui/states";

interface Pages {
  isPending: boolean;
  isError: boolean;
  error: unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  refetch: () => unknown;
  fetchNextPage: () => unknown;
}

/** A list that grows by pages, with a word for when nothing is in it. */
export function Listed(props: {
  title: string;
  text: string;
  none: string;
  failed: string;
  query: Pages;
  isEmpty: boolean;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const { query } = props;
  return (
    <section className="card org-panel" aria-label={props.title}>
      <header>
        <h2 className="h3">{props.title}</h2>
      </header>
      <p className="hint">{props.text}</p>
      {query.isPending && <div className="sk h-24" aria-busy="true" />}
      {query.isError && (
        <LoadError error={query.error} what={props.failed} retry={() => void query.refetch()} />
      )}
      {!query.isPending && !query.isError && props.isEmpty && <p className="muted">{props.none}</p>}
      {!props.isEmpty && <ul className="money-list">{props.children}</ul>}
      {query.hasNextPage && (
        <button
          type="button"
          className="btn btn-line"
          disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t("money.more")}
        </button>
      )}
    </section>
  );
}
