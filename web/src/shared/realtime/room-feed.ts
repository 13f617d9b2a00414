import type { Live } from "../ui/live-mark";
import { getWire } from "./connection";
import { Stream } from "./stream";

interface Room<Frame> {
  room: "dashboard" | "gate";
  eventId: string;
  /** Each time the line stands anew, and now and then while it does not: what was missed is read. Rejects where it is not. */
  read: () => Promise<unknown>;
  hear: (frame: Frame) => void;
  /** Where the server also says now and then that nothing changed: how long its silence may last. */
  silenceMs?: number;
}

/** What members of an organization are pushed of an event while it changes: each frame is the whole, and has no number. */
export const roomFeed = <Frame extends { eventId: string }>({
  room,
  eventId,
  read,
  hear,
  silenceMs = Number.POSITIVE_INFINITY,
}: Room<Frame>): Live =>
  new Stream({
    wire: getWire(),
    topic: {
      name: room,
      subject: { eventId },
      silenceMs,
      frames: {
        [`${room}:update`]: (frame: never) => {
          hear(frame);
          return "fresh";
        },
      },
      since: () => undefined,
      take: () => void read().catch(() => undefined),
      poll: read,
      isCounted: () => true,
    },
  });
