// When things are drawn: what comes often is shown once an animation frame, what can wait comes after the first.

/** Once the page has been painted and the browser has nothing better to do. */
export const afterPaint = (): Promise<void> =>
  new Promise((resolve) => {
    requestAnimationFrame(() =>
      // Safari has no requestIdleCallback.
      "requestIdleCallback" in window
        ? window.requestIdleCallback(() => resolve(), { timeout: IDLE_MS_MAX })
        : setTimeout(resolve),
    );
  });

/** Between two frames, where the browser tells of such moments; at once where it does not, and within the time at any rate. */
export const betweenFrames = (work: () => void, timeout: number): void => {
  if ("requestIdleCallback" in window) window.requestIdleCallback(work, { timeout });
  else work();
};

const IDLE_MS_MAX = 1_000;
// A tab in the background paints nothing, but what it knows should not pile up.
const UNPAINTED_MS = 200;
let due: (() => void)[] = [];

/** Runs it with the next animation frame, together with whatever else is due by then: one rendering for all. */
export function withNextFrame(work: () => void): void {
  due.push(work);
  if (due.length > 1) return;
  const flush = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    const now = due;
    due = [];
    for (const each of now) each();
  };
  const frame = requestAnimationFrame(flush);
  const timer = setTimeout(flush, UNPAINTED_MS);
}
