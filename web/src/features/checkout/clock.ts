/** How far the server's clock is ahead of ours, from an answer and the moment it arrived. */
export const clockOffset = (serverTime: string, receivedAt: number): number =>
  Date.parse(serverTime) - receivedAt;

/** Time left by the server's clock, however wrong ours is. */
export const remainingMs = (expiresAt: string, offset: number, now: number): number =>
  Math.max(0, Date.parse(expiresAt) - (now + offset));

export type Urgency = "plain" | "warn" | "no";

export function urgencyOf(ms: number): Urgency {
  if (ms < 60_000) return "no";
  return ms < 300_000 ? "warn" : "plain";
}

export const SPOKEN_SECONDS = [30, 60, 300] as const;

/** The lowest spoken mark already reached, or null above all of them. */
export const spokenMark = (ms: number): (typeof SPOKEN_SECONDS)[number] | null =>
  SPOKEN_SECONDS.find((seconds) => ms <= seconds * 1000) ?? null;

/** When a hold ends by our clock, as an answer told it when it came. */
export interface Deadline {
  endsAt: number;
  toldAt: number;
}

export const deadlineOf = (order: { expiresAt: string; serverTime: string }, toldAt: number): Deadline => ({
  endsAt: Date.parse(order.expiresAt) - clockOffset(order.serverTime, toldAt),
  toldAt,
});

/** Our clock ticks by the second, so it may still be before the moment of the answer. */
export const leftOf = ({ endsAt, toldAt }: Deadline, now: number): number =>
  Math.max(0, endsAt - Math.max(now, toldAt));
