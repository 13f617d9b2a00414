import { useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { useStable } from "@/shared/ui/use-stable";
import type { Party } from "./basket";
import { type Address, read, write } from "./wish-url";

/** What is wanted and shown, as the address says it. Until the sections are known, what it picks of them stays as it is. */
export function useWish(sectionIds: readonly string[], usual: Party) {
  const [params, setParams] = useSearchParams();
  // The router shows a change when it finds the time: whoever presses Hold before that means what they have just chosen.
  const [ahead, setAhead] = useState({ of: params, params });
  // It may show the first of two changes before the second: what is on its way is nobody else's wish.
  const onItsWay = useRef(new Set<string>());
  const isShown = `${ahead.params}` === `${params}`;
  const isAhead = isShown || ahead.of === params || onItsWay.current.has(`${params}`);
  if (isShown || !isAhead) onItsWay.current.clear();
  const now = isAhead ? ahead.params : params;
  const address = useMemo(() => read(now, sectionIds, usual), [now, sectionIds, usual]);
  // Of two changes in one moment the second builds on the first.
  const shown = useRef(now);
  const latest = useRef(now);
  if (shown.current !== now) {
    shown.current = now;
    latest.current = now;
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
    onItsWay.current.add(`${after}`);
    setAhead({ of: params, params: after });
    setParams(after, { replace: true, preventScrollReset: true });
  });
  return [address, change] as const;
}
