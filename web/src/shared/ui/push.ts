// A word of the system's own, over whatever somebody looks at, while one of our pages is open behind it.

const KEPT = "arenapulse.push";

export const canPush = (): boolean => "Notification" in window;

/** Whether this browser was allowed to, and somebody asked for it here. */
export function mayPush(): boolean {
  try {
    return canPush() && Notification.permission === "granted" && localStorage.getItem(KEPT) === "on";
  } catch {
    return false;
  }
}

/** Asks the browser where that is needed; whether it is so from now on. */
export async function wantPush(isWanted: boolean): Promise<boolean> {
  const isAllowed = isWanted && canPush() && (await Notification.requestPermission()) === "granted";
  try {
    if (isAllowed) localStorage.setItem(KEPT, "on");
    else localStorage.removeItem(KEPT);
  } catch {
    return false;
  }
  return isAllowed;
}

/** Says it where the page is not seen; a press leads back to the page. */
export async function push(title: string): Promise<void> {
  if (!document.hidden || !mayPush()) return;
  const options = { tag: title, icon: "/icon-192.png", data: location.href };
  // Telephones take such a word from a service worker alone, which answers the press as well.
  const worker = await navigator.serviceWorker?.getRegistration();
  if (worker !== undefined) return worker.showNotification(title, options);
  const shown = new Notification(title, options);
  shown.onclick = () => window.focus();
}
