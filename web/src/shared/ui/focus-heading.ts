import { useEffect, useRef } from "react";

// Whoever cannot see that the page has changed must be taken there: the focus goes to the new heading, which is read out.

const PATIENCE_MS = 10_000;
let stopWaiting: (() => void) | undefined;

/** Focus on the page's h1, as soon as there is one, unless somebody has moved on by then. */
export function focusHeading(): void {
  stopWaiting?.();
  if (take()) return;
  // No heading yet: the page is loading. Meanwhile the focus waits at its beginning.
  const main = document.getElementById("main");
  give(main);
  const observer = new MutationObserver(() => {
    const moved = document.activeElement !== document.body && document.activeElement?.id !== "main";
    if (moved || take()) stopWaiting?.();
  });
  const timer = setTimeout(() => stopWaiting?.(), PATIENCE_MS);
  stopWaiting = () => {
    observer.disconnect();
    clearTimeout(timer);
    stopWaiting = undefined;
  };
  observer.observe(document.body, { childList: true, subtree: true });
}

function take(): boolean {
  const heading = document.querySelector<HTMLElement>("h1");
  give(heading);
  return heading !== null;
}

function give(at: HTMLElement | null): void {
  if (at === null) return;
  if (!at.hasAttribute("tabindex")) at.tabIndex = -1;
  // Where the page stands is the scroll restoration's matter.
  at.focus({ preventScroll: true });
}

/** Moves the focus to the heading whenever `place` changes; the first one is where the reader came in. */
export function useFocusHeading(place: string | undefined): void {
  const last = useRef(place);
  useEffect(() => {
    if (last.current !== undefined && place !== undefined && last.current !== place) focusHeading();
    last.current = place ?? last.current;
  }, [place]);
}
