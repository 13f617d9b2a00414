import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { request, requestWithMeta } from "@/shared/api/client";
import type { SearchHit, SearchMeta, Suggestion } from "@/shared/api/contract";
import type { Span } from "./api";

/** What several values may be chosen of. */
export const CHOICES = ["city", "month", "status", "amenity"] as const;
export const CHOSEN_MAX = 20;
type Choice = (typeof CHOICES)[number];

/** Other than days: with one of these the list comes from the search, in the order of its fit. */
export interface Sought extends Record<Choice, string[]> {
  q: string;
  priceMin: string;
  priceMax: string;
  currency: string;
  near: string;
  together: string;
  sort: string;
}

const WORDS = [
  "q",
  "priceMin",
  "priceMax",
  "currency",
  "near",
  "together",
  "sort",
] as const satisfies (keyof Sought)[];

/** A search as an address has it. */
export function soughtIn(params: URLSearchParams): Sought {
  const words = WORDS.map((name) => [name, params.get(name) ?? ""]);
  const choices = CHOICES.map((name) => [
    name,
    [...new Set(params.getAll(name))].filter((value) => value !== "").slice(0, CHOSEN_MAX),
  ]);
  return Object.fromEntries([...words, ...choices]) as Sought;
}

export const isSought = (sought: Sought): boolean => Object.values(sought).some((given) => given.length > 0);

/** Puts what is given in the place of what stood there; what is empty is left out. */
export function put(params: URLSearchParams, given: Record<string, string | string[] | null | undefined>) {
  for (const [name, value] of Object.entries(given)) {
    params.delete(name);
    for (const each of [value ?? []].flat()) if (each !== "") params.append(name, each);
  }
}

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
      put(query, { ...sought, ...span });
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
