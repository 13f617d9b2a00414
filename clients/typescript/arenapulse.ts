// Follows one event: the gap rules of /api/v1/asyncapi.json over a typed socket.io-client 4 socket.

import type { Socket } from "socket.io-client";
import type {
  CapacityUpdate,
  ClientToServerEvents,
  EventPosition,
  EventUpdate,
  SectionUpdate,
  ServerToClientEvents,
} from "./messages.gen";

export type ArenaSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

export interface EventState {
  currentCapacity: number;
  sections: Map<string, SectionUpdate>;
  /** False while something may be missing. */
  live: boolean;
}

const AGAIN_MS = 1_000;

/** Calls `show` with every change; `update` with status, prices and what is for sale, which have no snapshot: GET the
 * event whenever `restarted` is called. Returns what stops it. */
export function followEvent(
  socket: ArenaSocket,
  eventId: string,
  on: {
    show: (state: EventState) => void;
    update?: (update: EventUpdate) => void;
    restarted?: () => void;
  },
): () => void {
  const state: EventState = { currentCapacity: 0, sections: new Map(), live: false };
  const last: { capacity?: number; update?: number } = {};
  let epoch: string | null = null;
  let asking = false;
  let stopped = false;

  const apply = (frame: CapacityUpdate) => {
    state.currentCapacity = frame.currentCapacity;
    for (const section of frame.sections) state.sections.set(section.sectionId, section);
    on.show(state);
  };
  const later = () => {
    asking = false;
    if (!stopped && socket.connected) setTimeout(ask, AGAIN_MS);
  };
  const ask = () => {
    if (asking || stopped || !socket.connected) return;
    asking = true;
    state.live = false;
    const since = last.capacity === undefined ? {} : { since: { ...last } };
    socket.emit("event:subscribe", { eventId, ...since }, (ack) => {
      if (!ack.ok) return later();
      if (ack.snapshot !== undefined) {
        epoch = ack.epoch;
        last.capacity = ack.sequences.capacity ?? undefined;
        last.update = ack.sequences.update ?? undefined;
        state.live = epoch !== null;
        apply(ack.snapshot);
        on.restarted?.();
        if (epoch === null) return later();
      } else if (ack.epoch !== epoch) {
        last.capacity = undefined;
        last.update = undefined;
        return later();
      }
      state.live = true;
      asking = false;
      // The missed frames follow; without any, this is how one learns that the numbers are confirmed.
      on.show(state);
    });
  };
  const isNext = (kind: "capacity" | "update", frame: CapacityUpdate | EventUpdate) => {
    const before = last[kind];
    if (frame.epoch !== epoch || before === undefined || (frame.sequence ?? 0) > before + 1) {
      ask();
      return false;
    }
    if (frame.sequence !== before + 1) return false;
    last[kind] = before + 1;
    return true;
  };
  const onCapacity = (frame: CapacityUpdate) => {
    if (frame.eventId === eventId && isNext("capacity", frame)) apply(frame);
  };
  const onUpdate = (frame: EventUpdate) => {
    if (frame.eventId === eventId && isNext("update", frame)) on.update?.(frame);
  };
  const onPosition = (at: EventPosition) => {
    if (at.eventId !== eventId) return;
    const same = at.sequences.capacity === last.capacity && at.sequences.update === last.update;
    if (at.epoch !== epoch || !same) ask();
  };
  const onDisconnect = () => {
    asking = false;
    state.live = false;
    on.show(state);
  };
  socket.on("connect", ask);
  socket.on("disconnect", onDisconnect);
  socket.on("event:capacity", onCapacity);
  socket.on("event:update", onUpdate);
  socket.on("event:position", onPosition);
  ask();
  return () => {
    stopped = true;
    socket.off("connect", ask);
    socket.off("disconnect", onDisconnect);
    socket.off("event:capacity", onCapacity);
    socket.off("event:update", onUpdate);
    socket.off("event:position", onPosition);
    if (socket.connected) socket.emit("event:unsubscribe", { eventId }, () => undefined);
  };
}
