// Whether a sale is over or an event past is the server's to say: a reader's clock may be hours off. Each answer's Date
// header, which counts whole seconds, tells how far.

const TRUSTED_MS = 2_000;
let ahead = 0;

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
  ahead = Math.abs(difference) <= doubt ? 0 : difference;
}
