import { useSyncExternalStore } from "react";

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = window.matchMedia(query);
      list.addEventListener("change", changed);
      return () => list.removeEventListener("change", changed);
    },
    () => window.matchMedia(query).matches,
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
