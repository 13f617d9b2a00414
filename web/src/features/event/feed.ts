import type { QueryClient } from "@tanstack/react-query";
import { availabilityKey, eventKey, unlockedKey } from "@/shared/api/catalog";
import type {
  ArenaEvent,
  CapacityUpdate,
  EventPosition,
  EventUpdate,
  SubscribeAck,
} from "@/shared/api/contract";
import type { Topic, Verdict } from "@/shared/realtime/stream";
import { rereadEvent } from "./api";
import { applyFrame, newer } from "./capacity";

interface Parts {
  eventId: string;
  client: QueryClient;
  /** Asks GET …/availability and leaves the answer in the cache. */
  poll: () => Promise<unknown>;
}
type Taken = Extract<SubscribeAck, { ok: true }>;
interface Since {
  capacity?: number;
  update?: number;
}

/** One event's numbers, status and prices. The query cache is the only copy; what it holds decides which frame comes next. */
export class EventTopic implements Topic {
  readonly name = "event";
  readonly subject: { eventId: string };
  readonly frames = {
    "event:capacity": (frame: CapacityUpdate) => this.onCapacity(frame),
    "event:update": (update: EventUpdate) => this.onUpdate(update),
    "event:position": (at: EventPosition) => this.onPosition(at),
  };
  private readonly parts: Parts;
  private updateSequence: number | null = null;

  constructor(parts: Parts) {
    this.parts = parts;
    this.subject = { eventId: parts.eventId };
  }

  poll = (): Promise<unknown> => this.parts.poll();

  isCounted(): boolean {
    return this.known()?.epoch != null;
  }

  since(): Since | undefined {
    const sequence = this.known()?.sequence ?? null;
    if (sequence === null) return undefined;
    return this.updateSequence === null
      ? { capacity: sequence }
      : { capacity: sequence, update: this.updateSequence };
  }

  take(ack: Taken, since: Since | undefined): void {
    const { client, eventId } = this.parts;
    const known = this.known();
    // The cache may come from another epoch than the one the server counts in now.
    const foreign = known !== undefined && known.epoch !== ack.epoch;
    if (ack.snapshot) {
      const whole = ack.snapshot;
      // A number the server never gave, or has lost, is not newer than its snapshot.
      const lost = since?.capacity !== undefined && (whole.sequence ?? 0) < since.capacity;
      client.setQueryData<CapacityUpdate>(availabilityKey(eventId), (now) =>
        lost ? whole : newer(now, whole),
      );
      // A snapshot replays nothing, so a change of status or price may have passed us by.
      if (known !== undefined) rereadEvent(client, eventId);
      this.updateSequence = ack.sequences.update;
    } else if (foreign || known === undefined) {
      void this.parts.poll().catch(() => undefined);
    }
    this.updateSequence ??= ack.sequences.update;
  }

  private onCapacity(frame: CapacityUpdate): Verdict {
    const step = applyFrame(this.known(), frame);
    if (step.kind === "gap") return "gap";
    if (step.kind === "ignored") return "seen";
    this.parts.client.setQueryData(availabilityKey(this.parts.eventId), step.next);
    return "fresh";
  }

  private onUpdate(update: EventUpdate): Verdict {
    const { client, eventId } = this.parts;
    const last = this.updateSequence;
    const sameEpoch = update.epoch === this.known()?.epoch;
    if (last !== null && sameEpoch && update.sequence <= last) return "seen";
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
    return "seen";
  }

  // The last numbers there are: equal ones confirm what is shown, others reveal what got lost without a sign.
  private onPosition(at: EventPosition): Verdict {
    const known = this.known();
    const same = known?.sequence === at.sequences.capacity && this.updateSequence === at.sequences.update;
    return known?.epoch === at.epoch && same ? "fresh" : "ask";
  }

  private known(): CapacityUpdate | undefined {
    return this.parts.client.getQueryData<CapacityUpdate>(availabilityKey(this.parts.eventId));
  }
}
