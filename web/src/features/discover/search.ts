import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { request, requestWithMeta } from "@/shared/api/client";
import type { SearchHit, SearchMeta, Suggestion } from "@/shared/api/contract";
import type { Span } from "./api";

/** Other than days: with one of these the list comes from the search, in the order of its fit. */
export interface Sought {
  q: string;
  city: string;
  month: string;
  status: string;
  amenity: string;
  priceMin: string;
  priceMax: string;
  near: string;
  together: string;
  sort: string;
}

export const SOUGHT = [
  "q",
  "city",
  "month",
  "status",
  "amenity",
  "priceMin",
  "priceMax",
  "near",
  "together",
  "sort",
] as const satisfies (keyof Sought)[];

export interface FoundPage extends SearchMeta {
  hits: SearchHit[];
}

const PAGE_SIZE = 24;
const CHARACTERS_MAX = 200;

export const searchQuery = (sought: Sought, span: Span) =>
  infiniteQueryOptions({
    queryKey: ["search", sought, span],
    queryFn: async ({ pageParam, signal }): Promise<FoundPage> => {
      const query = new URLSearchParams({
        type: "event",
        page: String(pageParam),
        limit: String(PAGE_SIZE),
      });
      for (const [name, value] of Object.entries({ ...sought, ...span })) if (value) query.set(name, value);
      const { data, meta } = await requestWithMeta<SearchHit[]>(`/search?${query}`, { signal });
      return { ...(meta as unknown as SearchMeta), hits: data };
    },
    initialPageParam: 1,
    getNextPageParam: ({ page, total }) => (page * PAGE_SIZE < total ? page + 1 : undefined),
    placeholderData: (previous) => previous,
    staleTime: 5_000,
  });

/** Names that begin with what is typed; of nothing what most people go to. */
export const suggestQuery = (typed: string, enabled: boolean) =>
  queryOptions({
    queryKey: ["search", "suggest", typed],
    queryFn: ({ signal }) =>
      request<Suggestion[]>(`/search/suggest?${new URLSearchParams({ q: typed.slice(0, CHARACTERS_MAX) })}`, {
        signal,
      }),
    enabled,
    placeholderData: (previous, query) => (typed === "" || query?.queryKey[2] === "" ? undefined : previous),
    staleTime: 60_000,
    retry: false,
  });

/** A text of the server in pieces: it is escaped HTML, but for `mark` about what was found. */
export function pieces(html: string): { text: string; isFound: boolean }[] {
  return html
    .split(/<mark>|<\/mark>/)
    .map((text, index) => ({ text: plain(text), isFound: index % 2 === 1 }));
}

const NAMED: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'", "#39": "'" };
const plain = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#x27|#39);/g, (_, name: string) => NAMED[name] ?? "");
