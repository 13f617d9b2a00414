import { create } from "zustand";

// Whether a newer version of the app waits, which only the browser knows.

export const useVersion = create<{
  waiting: ServiceWorker | null;
  /** Another tab has let it in: this page is of the version before, and loads anew when its reader says so. */
  isIn: boolean;
}>(() => ({ waiting: null, isIn: false }));

const LATER_MS = 3_000;

/** Keeps the shell for when there is no network, and hears of newer ones. Begins once the page has better things behind it. */
export function keepShell(): void {
  if (!("serviceWorker" in navigator)) return;
  // The first worker takes a page over that had none: nothing to load anew for.
  let hadOne = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    const isFirst = !hadOne;
    hadOne = true;
    if (isFirst) return;
    if (isAsked) window.location.reload();
    else useVersion.setState({ isIn: true });
    isAsked = false;
  });
  setTimeout(() => void register().catch(() => undefined), LATER_MS);
}

async function register(): Promise<void> {
  const registration = await navigator.serviceWorker.register("/sw.js");
  const look = () => {
    // Without a controller it is the first one, which waits for nobody.
    if (registration.waiting && navigator.serviceWorker.controller)
      useVersion.setState({ waiting: registration.waiting });
  };
  look();
  registration.addEventListener("updatefound", () =>
    registration.installing?.addEventListener("statechange", look),
  );
}

let isAsked = false;

/** Lets the newer version in; the page loads anew as soon as it has. */
export function takeNewVersion(): void {
  const { waiting, isIn } = useVersion.getState();
  isAsked = true;
  if (isIn) window.location.reload();
  else waiting?.postMessage("take-over");
}
