import { useSyncExternalStore } from "react";

// Asking the browser anew at every rendering is dear: the list is made once and knows its answer.
const lists = new Map<string, MediaQueryList>();
function listOf(query: string): MediaQueryList {
  const list = lists.get(query) ?? window.matchMedia(query);
  lists.set(query, list);
  return list;
}

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = listOf(query);
      list.addEventListener("change", changed);
      return () => list.removeEventListener("change", changed);
    },
    () => listOf(query).matches,
  );
}

export const useDesktop = (): boolean => useMedia("(min-width: 900px)");

const online = {
  watch(changed: () => void) {
    window.addEventListener("online", changed);
    window.addEventListener("offline", changed);
    return () => {
      window.removeEventListener("online", changed);
      window.removeEventListener("offline", changed);
    };
  },
  read: () => navigator.onLine,
};

export const useOnline = (): boolean => useSyncExternalStore(online.watch, online.read);
