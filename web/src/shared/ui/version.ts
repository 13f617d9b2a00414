import { create } from "zustand";

// Whether a newer version of the app waits, which only the browser knows.

export const useVersion = create<{ waiting: ServiceWorker | null }>(() => ({ waiting: null }));

const LATER_MS = 3_000;

/** Keeps the shell for when there is no network, and hears of newer ones. Begins once the page has better things behind it. */
export function keepShell(): void {
  if (!("serviceWorker" in navigator)) return;
  // The first worker takes a page over that had none: nothing to load anew for.
  let hadOne = navigator.serviceWorker.controller !== null;
  let isReloading = false;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    const isFirst = !hadOne;
    hadOne = true;
    if (isFirst || isReloading) return;
    isReloading = true;
    window.location.reload();
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

/** Lets the newer version in; the page loads anew as soon as it has. */
export function takeNewVersion(): void {
  useVersion.getState().waiting?.postMessage("take-over");
}
