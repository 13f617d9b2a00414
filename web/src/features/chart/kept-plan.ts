import { chartIn } from "./chart-file";
import { type Plan, planOf } from "./plan";

// What was drawn and not saved, one for each venue: a closed tab or an empty battery does not take it.

const keyOf = (venueId: string) => `arenapulse.plan.${venueId}`;

export interface KeptPlan {
  plan: Plan;
  /** What it was drawn over: saving it finds whoever was faster since. */
  chartId: string;
  version: number;
  at: string;
}

export function keepPlan(venueId: string, kept: KeptPlan): void {
  try {
    localStorage.setItem(keyOf(venueId), JSON.stringify(kept));
  } catch {
    // Full, or switched off: it is on the screen all the same.
  }
}

export function dropPlan(venueId: string): void {
  localStorage.removeItem(keyOf(venueId));
}

export function keptPlan(venueId: string): KeptPlan | null {
  try {
    const kept = JSON.parse(localStorage.getItem(keyOf(venueId)) ?? "null") as KeptPlan | null;
    return kept && { ...kept, plan: planOf(chartIn(JSON.stringify(kept.plan))) };
  } catch {
    // Of another version of this page.
    return null;
  }
}
