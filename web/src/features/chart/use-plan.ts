import { useState } from "react";
import type { Plan } from "./plan";

const UNDO_MAX = 200;

interface Past {
  before: readonly Plan[];
  now: Plan;
  after: readonly Plan[];
}

/** A plan with its way back and forth. What a drag passes through is one step. */
export function usePlan(first: Plan) {
  const [past, setPast] = useState<Past>({ before: [], now: first, after: [] });
  const [held, setHeld] = useState<Plan | null>(null);
  const change = (next: Plan) => {
    setHeld(null);
    setPast(({ before, now }) => ({ before: [...before, now].slice(-UNDO_MAX), now: next, after: [] }));
  };
  const undo = () =>
    setPast((all) => {
      const last = all.before.at(-1);
      return last === undefined
        ? all
        : { before: all.before.slice(0, -1), now: last, after: [all.now, ...all.after] };
    });
  const redo = () =>
    setPast((all) => {
      const [next, ...after] = all.after;
      return next === undefined ? all : { before: [...all.before, all.now], now: next, after };
    });
  return {
    /** As it is shown: with what a hand holds just now. */
    plan: held ?? past.now,
    settled: past.now,
    change,
    hold: setHeld,
    drop: () => {
      if (held !== null) change(held);
    },
    undo,
    redo,
    canUndo: past.before.length > 0,
    canRedo: past.after.length > 0,
    isChanged: past.now !== first,
  };
}

export type Planning = ReturnType<typeof usePlan>;
