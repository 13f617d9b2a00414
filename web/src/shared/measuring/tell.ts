import { send } from "../api/transport";
import { browserForbids, isRefused } from "./consent";

// What organizers' funnels are made of. The word that names a visit lives in this module's memory and ends with the
// page: nothing is stored in the browser and nobody is known again. Who asks not to be followed (Do Not Track, Global
// Privacy Control, or a tick taken away in the menu) is not measured at all.

export type Told = "view" | "select" | "hold" | "pay";
interface About {
  eventId: string;
  [property: string]: string | number;
}

const FLUSH_MS = 4_000;
const BATCH_MAX = 50;
/** Measurements are no reason to fill a memory: past it the oldest are lost. */
const WAITING_MAX = 200;

const visit = makeVisit();
let waiting: object[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let isListening = false;

/** Not `randomUUID`, which plain HTTP does not have. */
function makeVisit(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const isFollowed = (): boolean => !browserForbids() && !isRefused();

/** Notes what somebody did; sent in a few seconds, together, or when the page is left. */
export function tell(type: Told, { eventId, ...properties }: About): void {
  if (!isFollowed()) return;
  waiting.push({ type, eventId, sessionId: visit, at: new Date().toISOString(), properties });
  waiting = waiting.slice(-WAITING_MAX);
  timer ??= setTimeout(flush, FLUSH_MS);
  if (isListening) return;
  isListening = true;
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") flushAll();
  });
}

/** A page that is left has no later: all that waits goes now. */
function flushAll(): void {
  while (waiting.length > 0) void flush();
}

export async function flush(): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  // Who takes it back takes back what waits, too.
  if (!isFollowed()) waiting = [];
  const events = waiting.splice(0, BATCH_MAX);
  if (events.length === 0) return;
  if (waiting.length > 0) timer = setTimeout(flush, FLUSH_MS);
  try {
    await send("/analytics/events", { method: "POST", body: { events }, keepalive: true });
  } catch {
    // Lost: a funnel is an estimate, and a page that has no network has worse to worry about.
  }
}
