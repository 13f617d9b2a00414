import { useEffect } from "react";
import { useStable } from "./use-stable";

/** Runs something as long as `active` holds; the signal ends it when that, or the component, is over. */
export function useWhile(active: boolean, run: (signal: AbortSignal) => Promise<void>): void {
  const stable = useStable(run);
  useEffect(() => {
    if (!active) return;
    const stop = new AbortController();
    void stable(stop.signal);
    return () => stop.abort();
  }, [active, stable]);
}
