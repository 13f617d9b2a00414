import { useEffect } from "react";
import { useStable } from "./use-stable";

/** Tells `hear` of a value once it is shown, and of each other one that takes its place. */
export function useHeard<T>(value: T, hear: (value: T) => void): void {
  const stable = useStable(hear);
  useEffect(() => stable(value), [value, stable]);
}
