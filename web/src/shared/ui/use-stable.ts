import { useCallback, useRef } from "react";

/** The same function for as long as the component is there, doing what the latest rendering says. For memoized children. */
export function useStable<Given extends unknown[]>(
  act: (...given: Given) => void,
): (...given: Given) => void {
  const latest = useRef(act);
  latest.current = act;
  return useCallback((...given: Given) => latest.current(...given), []);
}
