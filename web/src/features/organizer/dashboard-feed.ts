import type { QueryClient } from "@tanstack/react-query";
import type { Summary } from "@/shared/api/contract";
import { getWire } from "@/shared/realtime/connection";
import type { StreamStatus } from "@/shared/realtime/stream";
import type { Live } from "@/shared/ui/live-mark";
import { summaryKey } from "./api";

type Frame = Summary & { eventId: string };
type Ack = { ok: boolean };

const TICK_MS = 1_000;

/**
 * An event's summary, pushed while it changes. Silence on a line that stands means that nothing changed, so the age
 * is that of the line: it counts from when it was lost.
 */
export function dashboardFeed(eventId: string, client: QueryClient): Live {
  const wire = getWire();
  const watchers = new Set<() => void>();
  let status: StreamStatus = { state: "late", at: null };
  let isIn = false;
  let ticker: ReturnType<typeof setInterval> | undefined;

  const show = (next: StreamStatus) => {
    if (next.state === status.state && next.at === status.at) return;
    status = next;
    for (const watcher of watchers) watcher();
  };
  const tick = () => {
    if (isIn && wire.connected) show({ state: "live", at: Date.now() });
    else show({ state: navigator.onLine ? "late" : "off", at: status.at });
  };
  const enter = () => {
    isIn = false;
    wire.emit("dashboard:subscribe", { eventId }, ((answer: Ack) => {
      isIn = answer.ok;
      tick();
    }) as (answer: never) => void);
    void client.invalidateQueries({ queryKey: summaryKey(eventId) });
  };
  const hear = (frame: Frame) => {
    if (frame.eventId !== eventId) return;
    const { eventId: _, ...summary } = frame;
    client.setQueryData<Summary>(summaryKey(eventId), summary);
    show({ state: "live", at: Date.now() });
  };
  const start = () => {
    wire.on("connect", enter);
    wire.on("dashboard:update", hear as (message: never) => void);
    if (wire.connected) enter();
    ticker = setInterval(tick, TICK_MS);
  };
  const stop = () => {
    wire.off("connect", enter);
    wire.off("dashboard:update", hear as (message: never) => void);
    wire.emit("dashboard:unsubscribe", { eventId });
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
