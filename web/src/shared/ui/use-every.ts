import { useEffect } from "react";

/** Does it again and again while `isOn`; `act` is one and the same function (`useStable`). */
export function useEvery(ms: number, isOn: boolean, act: () => void): void {
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(act, ms);
    return () => clearInterval(timer);
  }, [ms, isOn, act]);
}
