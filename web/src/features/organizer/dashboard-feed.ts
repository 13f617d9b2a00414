import type { QueryClient } from "@tanstack/react-query";
import type { Summary } from "@/shared/api/contract";
import { roomFeed } from "@/shared/realtime/room-feed";
import type { Live } from "@/shared/ui/live-mark";
import { figuresKey, summaryKey } from "./api";

type Frame = Summary & { eventId: string };

// The server says every three seconds that all is as it was.
const SILENCE_MS = 10_000;

/** An event's summary, pushed while it changes; with it the other figures of the page are read anew. */
export function dashboardFeed(eventId: string, client: QueryClient): Live {
  const again = () =>
    // Each of them once at a time: a reading that is under way is as new.
    client.invalidateQueries({ queryKey: figuresKey(eventId) }, { cancelRefetch: false });
  return roomFeed<Frame>({
    room: "dashboard",
    eventId,
    silenceMs: SILENCE_MS,
    enter: () => void client.invalidateQueries({ queryKey: summaryKey(eventId) }),
    hear: ({ eventId: _, ...summary }) => {
      const before = client.getQueryData<Summary>(summaryKey(eventId));
      client.setQueryData<Summary>(summaryKey(eventId), summary);
      if (before !== undefined && !isSame(before, summary)) void again();
    },
  });
}

const isSame = (before: Summary, now: Summary): boolean =>
  JSON.stringify({ ...before, updatedAt: "" }) === JSON.stringify({ ...now, updatedAt: "" });
