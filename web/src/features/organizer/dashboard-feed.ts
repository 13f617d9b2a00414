import type { QueryClient } from "@tanstack/react-query";
import type {
  Attention,
  EventStatus,
  Funnel,
  GateUpdate,
  SectionFigures,
  Summary,
  Timeseries,
} from "@/shared/api/contract";
import { roomFeed } from "@/shared/realtime/room-feed";
import type { Live } from "@/shared/ui/live-mark";
import {
  attentionQuery,
  figuresKey,
  funnelQuery,
  gatesQuery,
  ownEventQuery,
  sectionsQuery,
  seriesQuery,
  summaryKey,
} from "./api";

/** All that the page shows of an event; an older server tells the summary alone. */
type Frame = Summary & { eventId: string; status?: EventStatus } & Partial<Rest>;
interface Rest {
  funnel: Funnel;
  sections: SectionFigures[];
  attention: Attention;
  /** Tickets by the minute, of the last hour. */
  pace: Timeseries;
  gates: GateUpdate;
}

// The server says every three seconds that all is as it was.
const SILENCE_MS = 10_000;

/** The figures of an event, pushed while they change: nothing of them has to be asked for. */
export function dashboardFeed(eventId: string, client: QueryClient): Live {
  return roomFeed<Frame>({
    room: "dashboard",
    eventId,
    silenceMs: SILENCE_MS,
    read: () => client.invalidateQueries({ queryKey: summaryKey(eventId) }, { throwOnError: true }),
    hear: ({ eventId: _, status, funnel, sections, attention, pace, gates, ...summary }) => {
      meet(client, eventId, status);
      const before = client.getQueryData<Summary>(summaryKey(eventId));
      client.setQueryData<Summary>(summaryKey(eventId), summary);
      const isWhole = take(client, eventId, { funnel, sections, attention, pace, gates });
      if (isWhole || before === undefined || isSame(before, summary)) return;
      // Each of them once at a time: a reading that is under way is as new.
      void client.invalidateQueries({ queryKey: figuresKey(eventId) }, { cancelRefetch: false });
    },
  });
}

/** Somebody else paused the sale, or it opened by itself: the event is read anew. */
function meet(client: QueryClient, eventId: string, status: EventStatus | undefined) {
  const { queryKey } = ownEventQuery(eventId);
  const known = client.getQueryData(queryKey);
  if (known === undefined || status === undefined || known.status === status) return;
  void client.invalidateQueries({ queryKey }, { cancelRefetch: false });
}

/** Whether it was all that the page shows. */
function take(
  client: QueryClient,
  eventId: string,
  told: { [part in keyof Rest]: Rest[part] | undefined },
): boolean {
  const parts = [
    [funnelQuery(eventId).queryKey, told.funnel],
    [sectionsQuery(eventId).queryKey, told.sections],
    [attentionQuery(eventId).queryKey, told.attention],
    [seriesQuery(eventId, "sales", "hour").queryKey, told.pace],
    [gatesQuery(eventId).queryKey, told.gates],
  ] as const;
  for (const [key, part] of parts) if (part !== undefined) client.setQueryData<unknown>(key, part);
  return parts.every(([, part]) => part !== undefined);
}

const isSame = (before: Summary, now: Summary): boolean =>
  JSON.stringify({ ...before, updatedAt: "" }) === JSON.stringify({ ...now, updatedAt: "" });
