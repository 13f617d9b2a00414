import { queryOptions } from "@tanstack/react-query";
import { create } from "zustand";
import { persist } from "zustand/middleware";
import { request } from "@/shared/api/client";
import type { SavedSearch } from "@/shared/api/contract";
import { isLeaving, onToken } from "@/shared/api/session";
import type { Sought } from "./search";

// Searches that somebody keeps lie with their account, and messages tell of them; what was looked for lately lies here.

export const savedKey = ["search", "saved"] as const;

export const savedQuery = queryOptions({
  queryKey: savedKey,
  queryFn: ({ signal }) => request<SavedSearch[]>("/search/saved", { signal, auth: "required" }),
  staleTime: 60_000,
});

type Query = SavedSearch["query"];

/** What of a search can be kept: when it is on, how it is sorted and what is free this minute is not. */
export function keepable(sought: Sought): Query | null {
  const query: Query = sought.q.trim() === "" ? {} : { q: sought.q.trim() };
  for (const name of ["city", "month", "amenity"] as const)
    if (sought[name].length > 0) query[name] = sought[name];
  for (const name of ["priceMin", "priceMax"] as const)
    if (/^\d{1,10}$/.test(sought[name])) query[name] = Number(sought[name]);
  if (sought.currency !== "") query.currency = sought.currency;
  const [lat, lng] = sought.near.split(",").map(Number);
  if (sought.near !== "" && Number.isFinite(lat) && Number.isFinite(lng))
    Object.assign(query, { near: { lat, lng } });
  return Object.keys(query).length === 0 ? null : query;
}

/** The same as the address has it. */
export function addressOf(query: Query): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (name === "near") {
      const { lat, lng } = value as { lat: number; lng: number };
      params.set(name, `${lat},${lng}`);
    } else {
      for (const each of [value].flat()) params.append(name, String(each));
    }
  }
  return params;
}

export const keepSearch = (body: { name: string; query: Query }, idempotencyKey: string) =>
  request<SavedSearch>("/search/saved", { method: "POST", body, idempotencyKey, auth: "required" });

export const dropSearch = (id: string) =>
  request<null>(`/search/saved/${id}`, { method: "DELETE", auth: "required" });

const RECENT_MAX = 5;

export const useRecent = create<{ words: string[]; note: (words: string) => void; forget: () => void }>()(
  persist(
    (set) => ({
      words: [],
      note: (words) =>
        set((old) => ({
          words: [words, ...old.words.filter((each) => each !== words)].slice(0, RECENT_MAX),
        })),
      forget: () => set({ words: [] }),
    }),
    { name: "arenapulse.recent" },
  ),
);

// What somebody looked for is theirs: it goes with them.
onToken((token) => {
  if (token === null && isLeaving()) useRecent.getState().forget();
});
