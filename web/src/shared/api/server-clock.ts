// Whether a sale is over or an event past is the server's to say: a reader's clock may be hours off. Each answer's Date
// header, which counts whole seconds, tells how far.

const TRUSTED_MS = 2_000;
/** Answers say it a little differently each time: that is not worth writing. */
const NOISE_MS = 1_000;
const KEY = "arenapulse.clock";
/** Kept: a start without a network has the clock that was off before. */
let ahead = keptAhead();

function keptAhead(): number {
  try {
    return Number(localStorage.getItem(KEY)) || 0;
  } catch {
    return 0;
  }
}

function keepAhead(): void {
  try {
    if (ahead === 0) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, String(Math.round(ahead)));
  } catch {
    // Without storage it is known as long as this page lives.
  }
}

/** What the server's clock shows when ours shows `now`. */
export const serverTime = (now: number): number => now + ahead;

/** Hears the time of an answer; a difference that the way and the whole seconds explain is none. */
export function hearServerTime(
  date: string | null,
  { sentAt, heardAt }: { sentAt: number; heardAt: number },
): void {
  const told = Date.parse(date ?? "");
  if (Number.isNaN(told)) return;
  const difference = told + 500 - (sentAt + heardAt) / 2;
  const doubt = TRUSTED_MS + (heardAt - sentAt) / 2;
  const before = ahead;
  ahead = Math.abs(difference) <= doubt ? 0 : difference;
  if (Math.abs(ahead - before) > NOISE_MS) keepAhead();
}
