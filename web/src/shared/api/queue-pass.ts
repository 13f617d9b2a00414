import { onToken } from "./session";

// What a person's place in a line is, kept across reloads on this device: the token finds the place again without
// asking who one is, the pass goes into every order of its event while it lasts. Both are of use to nobody else.

export interface KeptPlace {
  token: string;
  /** For the page that stands alone (public/line.js) while the service does not answer. */
  position?: number | undefined;
  lane?: number | undefined;
  phase?: string | undefined;
  pass?: string | undefined;
  passExpiresAt?: string | undefined;
  /** Who has bought has left the shop, so that the next may go in; the pass is good as long as it was. */
  hasLeft?: boolean | undefined;
}

const KEY = "arenapulse.queue";
const EVENTS_MAX = 20;

type Kept = Record<string, KeptPlace>;

function read(): Kept {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Kept;
  } catch {
    return {};
  }
}

function write(kept: Kept): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(Object.entries(kept).slice(-EVENTS_MAX))));
  } catch {
    // Without storage the place is found again by joining: it is the person's, not the browser's.
  }
}

export const keptPlace = (eventId: string): KeptPlace | undefined => read()[eventId];

export function keepPlace(eventId: string, place: KeptPlace): void {
  const { [eventId]: old, ...others } = read();
  const { token, position, lane, phase, pass, passExpiresAt } = place;
  // Of who has left no answer of the server speaks.
  const hasLeft = place.hasLeft ?? (old?.token === token ? old.hasLeft : undefined);
  write({ ...others, [eventId]: { token, position, lane, phase, pass, passExpiresAt, hasLeft } });
}

export function dropPlace(eventId: string): void {
  const { [eventId]: _gone, ...others } = read();
  write(others);
}

/** The pass for an order of this event, while it lasts; `now` is by the server's clock. */
export function passFor(eventId: string, now: number): string | undefined {
  const place = keptPlace(eventId);
  return place?.passExpiresAt !== undefined && Date.parse(place.passExpiresAt) > now ? place.pass : undefined;
}

// The next person on this device sees nothing of the last.
onToken((token) => {
  if (token === null) write({});
});
