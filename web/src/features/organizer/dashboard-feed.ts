import type { QueryClient } from "@tanstack/react-query";
import type { Summary } from "@/shared/api/contract";
import { roomFeed } from "@/shared/realtime/room-feed";
import type { Live } from "@/shared/ui/live-mark";
import { summaryKey } from "./api";

type Frame = Summary & { eventId: string };

/** An event's summary, pushed while it changes. */
export const dashboardFeed = (eventId: string, client: QueryClient): Live =>
  roomFeed<Frame>({
    room: "dashboard",
    eventId,
    enter: () => void client.invalidateQueries({ queryKey: summaryKey(eventId) }),
    hear: ({ eventId: _, ...summary }) => client.setQueryData<Summary>(summaryKey(eventId), summary),
  });
