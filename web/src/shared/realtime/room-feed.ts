import type { Live } from "../ui/live-mark";
import { getWire } from "./connection";
import type { StreamStatus } from "./stream";

type Ack = { ok: boolean };

const TICK_MS = 1_000;

interface Room<Frame> {
  room: "dashboard" | "gate";
  eventId: string;
  /** Each time the line stands anew: what was missed is read. */
  enter: () => void;
  hear: (frame: Frame) => void;
  /** Where the server also says now and then that nothing changed: how long its silence may last. */
  silenceMs?: number;
}

/**
 * What members of an organization are pushed of an event while it changes. Silence on a line that stands means that
 * nothing changed, so the age is that of the line: it counts from when it was lost, or from when what is said in any
 * case was said last.
 *
 * Not a `Topic` of `Stream`: that keeps numbered frames without a gap, asks for what is missing, and polls in its place.
 * A room's frames have no numbers, each is the whole, and what was missed is read by HTTP: of a topic's seven parts five
 * would do nothing here.
 */
export function roomFeed<Frame extends { eventId: string }>({
  room,
  eventId,
  enter,
  hear,
  silenceMs = Number.POSITIVE_INFINITY,
}: Room<Frame>): Live {
  const wire = getWire();
  const watchers = new Set<() => void>();
  let status: StreamStatus = { state: "late", at: null };
  let isIn = false;
  let heardAt = 0;
  let ticker: ReturnType<typeof setInterval> | undefined;

  const show = (next: StreamStatus) => {
    if (next.state === status.state && next.at === status.at) return;
    status = next;
    for (const watcher of watchers) watcher();
  };
  const tick = () => {
    if (isIn && wire.connected && Date.now() - heardAt < silenceMs) show({ state: "live", at: Date.now() });
    else show({ state: navigator.onLine ? "late" : "off", at: status.at });
  };
  const begin = () => {
    isIn = false;
    wire.emit(`${room}:subscribe`, { eventId }, ((answer: Ack) => {
      isIn = answer.ok;
      heardAt = Date.now();
      tick();
    }) as (answer: never) => void);
    enter();
  };
  const take = (frame: Frame) => {
    if (frame.eventId !== eventId) return;
    heardAt = Date.now();
    hear(frame);
    show({ state: "live", at: Date.now() });
  };
  const start = () => {
    wire.on("connect", begin);
    wire.on(`${room}:update`, take as (message: never) => void);
    if (wire.connected) begin();
    ticker = setInterval(tick, TICK_MS);
  };
  const stop = () => {
    wire.off("connect", begin);
    wire.off(`${room}:update`, take as (message: never) => void);
    wire.emit(`${room}:unsubscribe`, { eventId });
    clearInterval(ticker);
    isIn = false;
  };
  return {
    read: () => status,
    watch: (watcher) => {
      watchers.add(watcher);
      if (watchers.size === 1) start();
      return () => {
        watchers.delete(watcher);
        if (watchers.size === 0) stop();
      };
    },
  };
}
