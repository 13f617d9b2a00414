import { useMemo, useRef } from "react";
import { useSearchParams } from "react-router";
import { useStable } from "@/shared/ui/use-stable";
import type { Party } from "./basket";
import { type Address, read, write } from "./wish-url";

/** What is wanted and shown, as the address says it. Until the sections are known, what it picks of them stays as it is. */
export function useWish(sectionIds: readonly string[], usual: Party) {
  const [params, setParams] = useSearchParams();
  const address = useMemo(() => read(params, sectionIds, usual), [params, sectionIds, usual]);
  // The router shows a change only later: the next one, which may come before that, builds on it all the same.
  const shown = useRef(params);
  const latest = useRef(params);
  if (shown.current !== params) {
    shown.current = params;
    latest.current = params;
  }
  const change = useStable((next: Partial<Address>) => {
    const before = latest.current;
    const after = write({ ...read(before, sectionIds, usual), ...next }, usual);
    if (sectionIds.length === 0)
      for (const name of ["section", "picks"]) {
        const kept = before.get(name);
        if (kept !== null) after.set(name, kept);
      }
    latest.current = after;
    setParams(after, { replace: true, preventScrollReset: true });
  });
  return [address, change] as const;
}
