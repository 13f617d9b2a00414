import { useEffect, useReducer } from "react";
import type { Chart } from "../api/contract";
import { type Scene, sceneOf } from "./engine/scene";

type Way = "lying" | "upright";
const scenes = new WeakMap<Chart, Partial<Record<Way, Scene>>>();

/** The chart laid out, in a task of its own: what else came with the chart is shown before sixty thousand seats are placed. */
export function useScene(chart: Chart | undefined, way: Way): Scene | undefined {
  const [, tell] = useReducer((count: number) => count + 1, 0);
  const known = chart && scenes.get(chart);
  const isMissing = chart !== undefined && known?.[way] === undefined;
  useEffect(() => {
    if (!isMissing) return;
    const timer = setTimeout(() => {
      scenes.set(chart, { ...scenes.get(chart), [way]: sceneOf(chart, way === "upright") });
      tell();
    });
    return () => clearTimeout(timer);
  }, [chart, way, isMissing]);
  // Who turns the phone sees the house as it lay until it is laid out anew: seats have the same numbers either way.
  return known?.[way] ?? known?.[way === "upright" ? "lying" : "upright"];
}
