import type { QueryClient } from "@tanstack/react-query";
import type { Socket } from "socket.io-client";
import { availabilityKey, eventKey, unlockedKey } from "@/shared/api/catalog";
import type {
  ArenaEvent,
  CapacityUpdate,
  EventPosition,
  EventUpdate,
  SubscribeAck,
} from "@/shared/api/contract";
import type { LiveState } from "@/shared/ui/live-mark";
import { rereadEvent } from "./api";
import { applyFrame, newer } from "./capacity";

export interface FeedStatus {
  state: LiveState;
  /** When the number on the screen was last confirmed, by the client's clock. */
  at: number | null;
}

interface Parts {
  eventId: string;
  socket: Socket;
  client: QueryClient;
  /** Asks GET …/availability and leaves the answer in the cache. */
  poll: () => Promise<unknown>;
}

export const POLL_MS = 5_000;
// The server says where it stands after ten quiet seconds: who hears nothing for so long is cut off without a sign.
export const SILENCE_MS = 25_000;
export const ACK_MS = 15_000;
const FAILURES_BEFORE_POLLING = 3;
const WAITING_FRAMES_MAX = 256;

/**
 * Keeps one event's numbers in the query cache alive: frames while the socket works, polling when it does not, or when
 * it stands and nothing comes over it.
 * The cache is the only copy; what it holds decides which frame comes next.
 */
export class EventFeed {
  private status: FeedStatus = { state: "late", at: null };
  private readonly watchers = new Set<() => void>();
  private readonly parts: Parts;
  private failures = 0;
  private asking = false;
  private askAgain = false;
  private question = 0;
  private patience: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private waiting: CapacityUpdate[] = [];
  private updateSequence: number | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  read = (): FeedStatus => this.status;

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    if (this.watchers.size === 1) this.start();
    return () => {
      this.watchers.delete(watcher);
      if (this.watchers.size === 0) this.stop();
    };
  };

  private start(): void {
    const { socket } = this.parts;
    socket.on("connect", this.onConnect);
    socket.on("disconnect", this.onDisconnect);
    socket.on("connect_error", this.onFailure);
    socket.on("event:capacity", this.onCapacity);
    socket.on("event:update", this.onUpdate);
    socket.on("event:position", this.onPosition);
    window.addEventListener("offline", this.onOffline);
    if (socket.connected) this.onConnect();
    if (!navigator.onLine) this.onOffline();
  }

  private stop(): void {
    const { socket, eventId } = this.parts;
    socket.off("connect", this.onConnect);
    socket.off("disconnect", this.onDisconnect);
    socket.off("connect_error", this.onFailure);
    socket.off("event:capacity", this.onCapacity);
    socket.off("event:update", this.onUpdate);
    socket.off("event:position", this.onPosition);
    window.removeEventListener("offline", this.onOffline);
    if (socket.connected) socket.emit("event:unsubscribe", { eventId });
    this.stopPolling();
    this.rest();
    this.waiting = [];
  }

  // ---- connection ----

  private onConnect = (): void => {
    this.failures = 0;
    this.rest();
    this.stopPolling();
    this.subscribe();
  };

  private onDisconnect = (): void => {
    this.rest();
    this.set({ state: navigator.onLine ? "late" : "off" });
  };

  private onFailure = (): void => {
    this.failures += 1;
    if (this.failures >= FAILURES_BEFORE_POLLING) this.startPolling();
  };

  private onOffline = (): void => this.set({ state: "off" });

  // ---- subscription ----

  private subscribe(): void {
    if (this.asking) {
      this.askAgain = true;
      return;
    }
    this.asking = true;
    this.askAgain = false;
    this.question += 1;
    const question = this.question;
    const { socket, eventId } = this.parts;
    const since = this.since();
    const answered = (taken: () => void) => {
      if (question !== this.question || !this.asking) return;
      this.rest();
      taken();
    };
    this.patience = setTimeout(() => answered(() => this.startPolling()), ACK_MS);
    socket.emit(
      "event:subscribe",
      since === undefined ? { eventId } : { eventId, since },
      (ack: SubscribeAck) => answered(() => (ack.ok ? this.take(ack, since?.capacity) : this.startPolling())),
    );
  }

  /** Nothing is asked, nothing is awaited. */
  private rest(): void {
    this.asking = false;
    clearTimeout(this.patience);
    clearTimeout(this.silence);
  }

  private since(): { capacity?: number; update?: number } | undefined {
    const sequence = this.known()?.sequence ?? null;
    if (sequence === null) return undefined;
    return this.updateSequence === null
      ? { capacity: sequence }
      : { capacity: sequence, update: this.updateSequence };
  }

  private take(ack: Extract<SubscribeAck, { ok: true }>, asked: number | undefined): void {
    const { client, eventId } = this.parts;
    const known = this.known();
    // The cache may come from another epoch than the one the server counts in now.
    const foreign = known !== undefined && known.epoch !== ack.epoch;
    if (ack.snapshot) {
      const whole = ack.snapshot;
      // A number the server never gave, or has lost, is not newer than its snapshot.
      const lost = asked !== undefined && (whole.sequence ?? 0) < asked;
      client.setQueryData<CapacityUpdate>(availabilityKey(eventId), (now) =>
        lost ? whole : newer(now, whole),
      );
      // A snapshot replays nothing, so a change of status or price may have passed us by.
      if (known !== undefined) rereadEvent(client, eventId);
      this.updateSequence = ack.sequences.update;
      this.drain();
    } else if (foreign || known === undefined) {
      void this.parts.poll();
    }
    this.updateSequence ??= ack.sequences.update;
    // Without a snapshot the missed frames follow in order, and the waiting ones are among them.
    this.waiting = [];
    // Without an epoch the server has lost its frames for now: these numbers are right, but none will follow.
    if (ack.epoch === null) {
      this.startPolling();
      return;
    }
    this.stopPolling();
    this.fresh();
    if (this.askAgain) this.subscribe();
  }

  // Frames that came while we asked: those the snapshot already covers fall away by their number.
  private drain(): void {
    const frames = this.waiting.sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));
    this.waiting = [];
    for (const frame of frames) this.onCapacity(frame);
  }

  // ---- frames ----

  private onCapacity = (frame: CapacityUpdate): void => {
    if (frame.eventId !== this.parts.eventId) return;
    const step = applyFrame(this.known(), frame);
    if (step.kind === "applied") {
      this.parts.client.setQueryData(availabilityKey(this.parts.eventId), step.next);
      this.fresh();
    } else if (step.kind === "gap") {
      if (this.asking) {
        if (this.waiting.length < WAITING_FRAMES_MAX) this.waiting.push(frame);
      } else this.subscribe();
    }
  };

  private onUpdate = (update: EventUpdate): void => {
    const { client, eventId } = this.parts;
    if (update.eventId !== eventId) return;
    const last = this.updateSequence;
    const sameEpoch = update.epoch === this.known()?.epoch;
    if (last !== null && sameEpoch && update.sequence <= last) return;
    const missed = last !== null && (!sameEpoch || update.sequence > last + 1);
    this.updateSequence = update.sequence;
    const { status, price } = update.data;
    // An answer on its way may be older than this frame, and would undo it.
    const overtaken = client.isFetching({ queryKey: eventKey(eventId), exact: true }) > 0;
    client.setQueryData<ArenaEvent>(eventKey(eventId), (event) =>
      event === undefined
        ? event
        : {
            ...event,
            ...(status === undefined ? {} : { status }),
            ...(price === undefined ? {} : { pricingTiers: price.pricingTiers }),
          },
    );
    // Updates carry state but not all of it: what a missed one said is in the event itself.
    if (missed || overtaken || update.type === "CAPACITY")
      void client.invalidateQueries({ queryKey: eventKey(eventId) });
    // Everybody hears of prices, so the frame is without the levels that a promo code unlocks.
    else if (price !== undefined) void client.invalidateQueries({ queryKey: unlockedKey(eventId) });
  };

  // The last numbers there are: equal ones confirm what is shown, others reveal what got lost without a sign.
  private onPosition = (at: EventPosition): void => {
    if (at.eventId !== this.parts.eventId) return;
    const known = this.known();
    const same = known?.sequence === at.sequences.capacity && this.updateSequence === at.sequences.update;
    if (known?.epoch === at.epoch && same) this.fresh();
    else this.subscribe();
  };

  private onSilence = (): void => {
    if (!this.parts.socket.connected) return;
    this.set({ state: "late" });
    this.subscribe();
  };

  // ---- polling ----

  private startPolling(): void {
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => void this.ask(), POLL_MS);
    void this.ask();
  }

  private stopPolling(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async ask(): Promise<void> {
    try {
      await this.parts.poll();
      if (this.timer === undefined) return;
      this.set({ state: "late", at: Date.now() });
      // Over a socket that stands we ask for frames again as soon as the server counts them.
      if (this.parts.socket.connected && !this.asking && this.known()?.epoch != null) this.subscribe();
    } catch {
      if (this.timer !== undefined) this.set({ state: "off" });
    }
  }

  // ---- status ----

  private known(): CapacityUpdate | undefined {
    return this.parts.client.getQueryData<CapacityUpdate>(availabilityKey(this.parts.eventId));
  }

  private fresh(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(this.onSilence, SILENCE_MS);
    this.set({ state: "live", at: Date.now() });
  }

  private set(change: Partial<FeedStatus>): void {
    this.status = { ...this.status, ...change };
    for (const watcher of this.watchers) watcher();
  }
}
