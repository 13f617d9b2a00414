import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { QueueAnswer } from "@/shared/api/contract";
import { keepPlace } from "@/shared/api/queue-pass";
import { useSocketEvent } from "@/shared/realtime/use-socket-event";
import type { Live } from "@/shared/ui/live-mark";
import { placeKey, placeQuery, servingQuery } from "./api";
import { isNear, isStale, pollMs, standingOf } from "./standing";

const LATE_MS = 30_000;

/**
 * One's place and the line, asked for as seldom as can be; who is near hears of the turn at once by `queue:update`. `code` is a lane's,
 * which stood in the address.
 */
export function useLine(eventId: string, code?: string) {
  const client = useQueryClient();
  const place = useQuery(placeQuery(eventId, code));
  const known = place.data;
  const waits = known !== undefined && known.phase !== "TURN" && known.phase !== "OPEN";
  const serving = useQuery({
    ...servingQuery(eventId),
    enabled: known !== undefined,
    refetchInterval: ({ state }) =>
      known === undefined || !waits ? false : pollMs(known, state.data, Math.random()),
    refetchIntervalInBackground: true,
  });
  const stale = known !== undefined && isStale(known, serving.data);
  // Asked again while the line says so; a turn may be over while nobody looks.
  useQuery({
    ...placeQuery(eventId, code),
    enabled: known !== undefined,
    refetchInterval: stale ? 1_500 : known?.phase === "TURN" ? 20_000 : false,
    refetchIntervalInBackground: true,
  });
  const standing = known === undefined ? undefined : standingOf(known, serving.data);
  const hear = ({ eventId: of, ...answer }: QueueAnswer & { eventId: string }) => {
    if (of !== eventId) return;
    keepPlace(eventId, answer);
    client.setQueryData<QueueAnswer>(placeKey(eventId), answer);
  };
  useSocketEvent(
    "queue:update",
    hear,
    known !== undefined && standing !== undefined && isNear(known, standing),
  );
  return {
    place,
    serving,
    standing,
    live: liveOf(serving.dataUpdatedAt || place.dataUpdatedAt, serving.isError),
  };
}

function liveOf(at: number, isFailing: boolean): Live {
  const status = {
    state: isFailing ? ("off" as const) : Date.now() - at > LATE_MS ? ("late" as const) : ("live" as const),
    at: at || null,
  };
  return { watch: () => () => undefined, read: () => status };
}
