import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { requestWithMeta } from "@/shared/api/client";
import type { Dispute, Invoice, LedgerLine, Payout } from "@/shared/api/contract";

const PAGE = 50;
const of = (organizationId: string) => `/organizations/${organizationId}`;

export interface Span {
  from: string | null;
  to: string | null;
}

const LEDGER_PAGES_MAX = 50;

/** A line for each event and currency, out of the ledger alone: all pages, since what is shown is their sum. Where there are too many it says so. */
export const ledgerQuery = (organizationId: string, span: Span) =>
  queryOptions({
    queryKey: ["money", organizationId, "ledger", span],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams();
      for (const [name, at] of Object.entries(span)) if (at !== null) query.set(name, at);
      const lines: LedgerLine[] = [];
      for (let page = 0; page < LEDGER_PAGES_MAX; page++) {
        const path = `${of(organizationId)}/ledger?${query}`;
        const { data, meta } = await requestWithMeta<LedgerLine[]>(path, { signal, auth: "required" });
        lines.push(...data);
        const next = meta.nextCursor as string | undefined;
        if (next === undefined) return { lines, isWhole: true };
        query.set("cursor", next);
      }
      return { lines, isWhole: false };
    },
  });

const pages = <T>(organizationId: string, what: "disputes" | "invoices" | "payouts") =>
  infiniteQueryOptions({
    queryKey: ["money", organizationId, what],
    queryFn: async ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: String(PAGE) });
      if (pageParam !== null) query.set("cursor", pageParam);
      const path = `${of(organizationId)}/${what}?${query}`;
      const { data, meta } = await requestWithMeta<T[]>(path, { signal, auth: "required" });
      return { lines: data, next: (meta.nextCursor as string | undefined) ?? null };
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });

export const disputesQuery = (organizationId: string) => pages<Dispute>(organizationId, "disputes");
export const payoutsQuery = (organizationId: string) => pages<Payout>(organizationId, "payouts");
export const invoicesQuery = (organizationId: string) => pages<Invoice>(organizationId, "invoices");
