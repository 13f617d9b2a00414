import { useEffect } from "react";

/** The tab's name: what this page is, then whose it is. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title === undefined ? "ArenaPulse" : `${title} · ArenaPulse`;
  }, [title]);
}
