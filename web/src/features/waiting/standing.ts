import type { QueueAnswer, Serving } from "@/shared/api/contract";

// What a place and the line's own number say together. The number is the same for all, so it is asked for often and
// cached by everybody on the way; the place itself is asked for again only when something of it may have changed.

const POLL_MS_LEAST = 3_000;
const POLL_MS_MOST = 20_000;
const SHARE = 20;
const JITTER = 0.2;
/** As many connections as one server process holds; at an usual rate half a minute of people. */
const NEAR_MOST = 5_000;
const NEAR_SECONDS = 30;
/** So few are near however slowly it goes. */
const NEXT = 50;
/** A guess that is more exact than it can be is a lie: from so much less to so much more. */
const DOUBT = 0.15;
const HOURS_FROM_SECONDS = 3 * 3_600;

export interface Standing {
  ahead: number;
  waitSeconds: number;
  perMinute: number;
  people: number;
  placesLeft: number | undefined;
  isPaused: boolean;
  /** More are ahead than there are places. */
  mayBeTooLate: boolean;
}

export function standingOf(place: QueueAnswer, serving: Serving | undefined): Standing {
  const lane = serving?.lanes.find((each) => each.lane === place.lane);
  const drawn = place.phase === "WAITING" || place.phase === "TURN";
  const ahead = drawn && lane ? Math.max(0, place.position - lane.serving - 1) : place.ahead;
  const perMinute = serving?.perMinute ?? 0;
  // By what goes in now: since the place was read the inlet may have been halved, or have climbed.
  const each = lane?.perMinute ? 60 / lane.perMinute : place.estimatedWaitSeconds / (place.ahead + 1);
  const waitSeconds = drawn ? Math.ceil((ahead + 1) * each) : place.estimatedWaitSeconds;
  const placesLeft = serving?.placesLeft ?? place.placesLeft;
  return {
    ahead,
    waitSeconds,
    perMinute,
    people: lane?.people ?? serving?.people ?? 0,
    placesLeft,
    isPaused: serving?.paused ?? false,
    mayBeTooLate: placesLeft !== undefined && ahead >= placesLeft,
  };
}

/** Whether the place itself should be asked for: it is one's turn, or the line is another than before. */
export function isStale(place: QueueAnswer, serving: Serving | undefined): boolean {
  if (serving === undefined) return false;
  const lane = serving.lanes.find((each) => each.lane === place.lane);
  if (place.phase === "WAITING") return (lane?.serving ?? 0) >= place.position || serving.phase === "OPEN";
  return place.phase !== serving.phase && (place.phase === "LOBBY" || place.phase === "DRAWING");
}

/**
 * Near enough to one's turn to be called over a connection of one's own (who has none is told by mail too); all others
 * poll, for they may be a million.
 */
export const isNear = (place: QueueAnswer, { ahead, waitSeconds }: Standing): boolean =>
  place.phase === "WAITING" && (ahead < NEXT || (ahead < NEAR_MOST && waitSeconds <= NEAR_SECONDS));

/** A twentieth of what is left of the wait, with a jitter: a million do not ask in the same second. */
export function pollMs(place: QueueAnswer, serving: Serving | undefined, chance: number): number {
  const { waitSeconds } = standingOf(place, serving);
  const whole = Math.min(POLL_MS_MOST, Math.max(POLL_MS_LEAST, (waitSeconds * 1000) / SHARE));
  return Math.round(whole * (1 - JITTER / 2 + JITTER * chance));
}

export interface Around {
  low: number;
  high: number;
  unit: "minutes" | "hours";
}

/** "11 to 14": whole minutes around the guess, hours where it is long; null for less than a minute. */
export function around(waitSeconds: number): Around | null {
  if (waitSeconds < 60) return null;
  const unit = waitSeconds < HOURS_FROM_SECONDS ? "minutes" : "hours";
  const each = unit === "minutes" ? 60 : 3_600;
  const low = Math.max(1, Math.floor((waitSeconds * (1 - DOUBT)) / each));
  return { low, high: Math.max(low, Math.ceil((waitSeconds * (1 + DOUBT)) / each)), unit };
}

const MARKS = [5, 25, 100, 500, 1_000, 5_000, 10_000] as const;

/** What is read out of the number, so that it does not chatter: the next mark that is not passed yet. */
export const spokenMark = (ahead: number): number | null => MARKS.find((mark) => ahead <= mark) ?? null;
